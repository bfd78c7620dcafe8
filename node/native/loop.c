// A batch socket in the loop of Node.js.
#include "socket.h"

#include <stdlib.h>

static void on_event(uv_poll_t *handle, int status, int events);

static void wait_for(struct batch_socket *socket, int events) {
  if (socket->events == events || socket->fd < 0) return;
  socket->events = events;
  uv_poll_start((uv_poll_t *)socket->handle, events, on_event);
}

/** While answers wait for the kernel no further request is read. */
static void scatter(struct batch_socket *socket) {
  const enum outcome outcome = socket->kind->scatter(socket, socket->count);
  wait_for(socket, outcome == BLOCKED ? UV_WRITABLE : UV_READABLE);
  if (outcome == UNSENT) call_back(socket, ON_UNSENT, socket->count);
}

static void on_event(uv_poll_t *handle, int status, int events) {
  struct batch_socket *socket = uv_handle_get_data((uv_handle_t *)handle);
  (void)status;  // an error shows in the next call
  if ((events & UV_WRITABLE) == 0) {
    socket->count = socket->kind->gather(socket);
    if (socket->count == 0) return;
    call_back(socket, ON_REQUESTS, socket->count);
  }
  scatter(socket);
}

bool start_in_loop(struct batch_socket *socket, uv_loop_t *loop) {
  uv_poll_t *poll = malloc(uv_handle_size(UV_POLL));
  if (poll == NULL || uv_poll_init(loop, poll, socket->ready_fd) != 0) {
    free(poll);
    return false;
  }
  socket->handle = (uv_handle_t *)poll;
  uv_handle_set_data(socket->handle, socket);
  wait_for(socket, UV_READABLE);
  return true;
}
