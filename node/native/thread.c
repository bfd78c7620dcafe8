// A batch socket in a thread of its own. The thread gathers and scatters; for each batch it wakes the loop of Node.js and
// waits until JavaScript has answered, so that only one of them touches the buffers at any time.
#include "socket.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct thread {
  pthread_t id;
  sem_t answered;
  /** Readable when the thread is to end. */
  int end_fd;
  atomic_bool is_ending;
  /** Whether it waits until `function` was called with `count`. */
  atomic_bool is_asking;
  uint32_t function;
  int count;
};

/** Until the socket is ready; false when the thread is to end. */
static bool wait_for(const struct batch_socket *socket, short events) {
  struct thread *thread = socket->thread;
  struct pollfd fds[] = {{.fd = socket->ready_fd, .events = events}, {.fd = thread->end_fd, .events = POLLIN}};
  while (poll(fds, 2, -1) < 0 && errno == EINTR) continue;
  return !atomic_load(&thread->is_ending);
}

/** False when the thread is to end and nobody answered. */
static bool ask(struct batch_socket *socket, uint32_t function, int count) {
  struct thread *thread = socket->thread;
  thread->function = function;
  thread->count = count;
  atomic_store(&thread->is_asking, true);
  uv_async_send((uv_async_t *)socket->handle);
  while (sem_wait(&thread->answered) < 0) continue;
  return !atomic_exchange(&thread->is_asking, false);
}

static bool answer(struct batch_socket *socket, int count) {
  if (!ask(socket, ON_REQUESTS, count)) return false;
  enum outcome outcome;
  while ((outcome = socket->kind->scatter(socket, count)) == BLOCKED)
    if (!wait_for(socket, POLLOUT)) return false;
  return outcome == ALL_SENT || ask(socket, ON_UNSENT, count);
}

static void *run(void *argument) {
  struct batch_socket *socket = argument;
  while (wait_for(socket, POLLIN)) {
    const int count = socket->kind->gather(socket);
    if (count > 0 && !answer(socket, count)) socket->kind->abandon(socket, count);
  }
  return NULL;
}

/** Whether there was a question. */
static bool answer_question(struct batch_socket *socket) {
  struct thread *thread = socket->thread;
  if (!atomic_exchange(&thread->is_asking, false)) return false;
  call_back(socket, thread->function, thread->count);
  return true;
}

static void on_asked(uv_async_t *handle) {
  struct batch_socket *socket = uv_handle_get_data((uv_handle_t *)handle);
  if (socket->thread == NULL || !answer_question(socket)) return;
  if (socket->thread != NULL) sem_post(&socket->thread->answered);
}

/** Answers what was asked, and waits for the end of the thread. */
static void stop(struct batch_socket *socket) {
  struct thread *thread = socket->thread;
  atomic_store(&thread->is_ending, true);
  eventfd_write(thread->end_fd, 1);
  answer_question(socket);
  // For that question, and for those that it may still have, which nobody answers.
  for (int i = 0; i < 3; i++) sem_post(&thread->answered);
  pthread_join(thread->id, NULL);
  close(thread->end_fd);
  sem_destroy(&thread->answered);
  free(thread);
  socket->thread = NULL;
}

static void free_handle(uv_handle_t *handle) { free(handle); }

static bool start(struct batch_socket *socket, struct thread *thread) {
  socket->thread = thread;
  socket->stop = stop;
  thread->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  sem_init(&thread->answered, 0, 0);
  if (thread->end_fd >= 0 && pthread_create(&thread->id, NULL, run, socket) == 0) return true;
  close(thread->end_fd);
  sem_destroy(&thread->answered);
  return false;
}

bool start_in_thread(struct batch_socket *socket, uv_loop_t *loop) {
  struct thread *thread = calloc(1, sizeof *thread);
  uv_async_t *async = malloc(uv_handle_size(UV_ASYNC));
  if (thread == NULL || async == NULL || uv_async_init(loop, async, on_asked) != 0) {
    free(async);
    free(thread);
    return false;
  }
  socket->handle = (uv_handle_t *)async;
  uv_handle_set_data(socket->handle, socket);
  if (start(socket, thread)) return true;
  uv_close(socket->handle, free_handle);
  free(thread);
  return false;
}
