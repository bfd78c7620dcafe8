// A batch socket in the loop of Node.js. While requests keep coming it is not watched but asked once in every turn: the kernel
// would look for somebody to wake whenever an answer has left a watched socket, which is 7 % of all that a UDP announce takes.
#include "socket.h"

#include <stdlib.h>

/** A batch of at least so many requests begins a busy time, one of none ends it. */
enum { BUSY_BATCH = 4 };

static void on_event(uv_poll_t *handle, int status, int events);

static void on_turn(uv_idle_t *handle);

static void wait_for(struct batch_socket *socket, int events) {
  if (socket->events == events || socket->fd < 0) return;
  if (socket->events == 0) uv_idle_stop((uv_idle_t *)socket->turns);
  socket->events = events;
  uv_poll_start((uv_poll_t *)socket->handle, events, on_event);
}

static void ask_every_turn(struct batch_socket *socket) {
  if (socket->events == 0 || socket->fd < 0) return;
  socket->events = 0;
  uv_poll_stop((uv_poll_t *)socket->handle);
  uv_idle_start((uv_idle_t *)socket->turns, on_turn);
}

/** While answers wait for the kernel no further request is read. */
static void scatter(struct batch_socket *socket) {
  const enum outcome outcome = socket->kind->scatter(socket, socket->count);
  if (outcome == BLOCKED) wait_for(socket, UV_WRITABLE);
  else if (socket->events == UV_WRITABLE) wait_for(socket, UV_READABLE);
  if (outcome == UNSENT) call_back(socket, ON_UNSENT, socket->count);
}

static void gather(struct batch_socket *socket) {
  socket->count = socket->kind->gather(socket);
  if (socket->count >= BUSY_BATCH) ask_every_turn(socket);
  if (socket->count == 0) return wait_for(socket, UV_READABLE);
  call_back(socket, ON_REQUESTS, socket->count);
  scatter(socket);
}

static void on_event(uv_poll_t *handle, int status, int events) {
  struct batch_socket *socket = uv_handle_get_data((uv_handle_t *)handle);
  (void)events;
  if (status < 0) uv_poll_start(handle, socket->events, on_event);  // libuv watches no more; the next call clears the error
  if (socket->events == UV_WRITABLE) scatter(socket);
  else gather(socket);
}

static void on_turn(uv_idle_t *handle) { gather(uv_handle_get_data((uv_handle_t *)handle)); }

bool start_in_loop(struct batch_socket *socket, uv_loop_t *loop) {
  uv_poll_t *poll = malloc(uv_handle_size(UV_POLL));
  uv_idle_t *turns = malloc(uv_handle_size(UV_IDLE));
  if (poll == NULL || turns == NULL || uv_poll_init(loop, poll, socket->ready_fd) != 0) {
    free(turns);
    free(poll);
    return false;
  }
  uv_idle_init(loop, turns);
  socket->handle = (uv_handle_t *)poll;
  socket->turns = (uv_handle_t *)turns;
  uv_handle_set_data(socket->handle, socket);
  uv_handle_set_data(socket->turns, socket);
  wait_for(socket, UV_READABLE);
  return true;
}
