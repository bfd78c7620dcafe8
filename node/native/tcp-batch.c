// Connections that are over after one request and one answer, in batches: accept and read until nobody waits, one call
// of JavaScript, then send and close. JavaScript takes over every connection that is anything else. See
// node/listeners/http-batches.ts.
#define _GNU_SOURCE
#include "poller.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/** The kernel keeps a connection to itself for so long while nothing is asked on it. */
enum { DEFER_SECONDS = 1 };

enum { ON_REQUESTS, ON_UNSENT };

/** What JavaScript and C tell each other about one connection. */
struct slot {
  /** Is JavaScript's, whole, once it sets `answer_bytes` to TAKEN. */
  int32_t fd;
  int32_t request_bytes;
  int32_t answer_at;
  int32_t answer_bytes;
  int32_t family;
  uint8_t address[IPV6_BYTES];
};

enum { TAKEN = -1 };

struct batch {
  struct poller poller;
  unsigned capacity;
  struct slot *slots;
  struct bytes input;
  struct bytes output;
};

/** Of the process; given up for a moment when there is no other descriptor left. */
static atomic_int spare_fd = -1;

static void open_spare(void) {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int none = -1;
  if (!atomic_compare_exchange_strong(&spare_fd, &none, fd)) close(fd);
}

static void read_source(const union address *source, struct slot *slot) {
  const bool is_v6 = source->any.sa_family == AF_INET6;
  const uint8_t *v6 = source->v6.sin6_addr.s6_addr;
  const bool is_mapped = is_v6 && IN6_IS_ADDR_V4MAPPED(&source->v6.sin6_addr);
  slot->family = is_v6 && !is_mapped ? 6 : 4;
  if (slot->family == 6) memcpy(slot->address, v6, IPV6_BYTES);
  else memcpy(slot->address, is_mapped ? v6 + IPV6_BYTES - IPV4_BYTES : (const void *)&source->v4.sin_addr, IPV4_BYTES);
}

/** Without a free descriptor nobody could be accepted, and the loop would not rest: the spare one turns them away. */
static void turn_away(struct batch *batch) {
  close(atomic_exchange(&spare_fd, -1));
  close(accept(batch->poller.fd, NULL, NULL));
  open_spare();
}

static bool accept_into(struct batch *batch, unsigned index) {
  struct slot *slot = batch->slots + index;
  const size_t room = batch->input.length / batch->capacity;
  union address source;
  socklen_t length = sizeof source;
  slot->fd = accept4(batch->poller.fd, &source.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (slot->fd < 0) {
    if (errno == EMFILE || errno == ENFILE) turn_away(batch);
    return false;
  }
  read_source(&source, slot);
  const ssize_t received = recv(slot->fd, batch->input.data + index * room, room, 0);
  slot->request_bytes = received > 0 ? (int32_t)received : 0;
  slot->answer_bytes = 0;
  return true;
}

/** Sends the answer and closes; false when the kernel takes only a part, which the slot tells of then. */
static bool answer(struct batch *batch, struct slot *slot) {
  if (slot->answer_bytes == TAKEN) return true;
  const size_t end = (size_t)slot->answer_at + (size_t)slot->answer_bytes;
  if (slot->answer_bytes > 0 && slot->answer_at >= 0 && end <= batch->output.length) {
    const ssize_t sent = send(slot->fd, batch->output.data + slot->answer_at, (size_t)slot->answer_bytes, MSG_NOSIGNAL);
    if (sent < slot->answer_bytes && (sent >= 0 || errno == EAGAIN)) {
      slot->answer_at += sent > 0 ? (int32_t)sent : 0;
      slot->answer_bytes -= sent > 0 ? (int32_t)sent : 0;
      return false;
    }
  }
  close(slot->fd);
  slot->answer_bytes = TAKEN;
  return true;
}

static void on_event(struct poller *poller, int events) {
  struct batch *batch = (struct batch *)poller;
  (void)events;
  int count = 0;
  while ((unsigned)count < batch->capacity && accept_into(batch, (unsigned)count)) count++;
  if (count == 0) return;
  poller_call(poller, ON_REQUESTS, count);
  bool is_all_sent = true;
  for (int i = 0; i < count; i++) is_all_sent &= answer(batch, batch->slots + i);
  if (!is_all_sent) poller_call(poller, ON_UNSENT, count);
}

/** openTcp(host, port, backlog, [input, output, slots], [onRequests, onUnsent]): handle */
napi_value open_tcp(napi_env env, napi_callback_info info) {
  struct opening opening;
  if (!read_opening(env, info, &opening)) return NULL;
  const size_t capacity = opening.buffers[2].length / sizeof(struct slot);
  if (capacity < 1 || capacity > MAX_BATCH) {
    napi_throw_range_error(env, NULL, "a batch has 1 to 64 slots");
    return NULL;
  }
  const int fd = open_bound(&opening, SOCK_STREAM, SOL_SOCKET, SO_REUSEADDR);
  if (fd < 0) return throw_errno(env, "bind");
  const int seconds = DEFER_SECONDS;
  setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
  if (listen(fd, opening.number) < 0) {
    close(fd);
    return throw_errno(env, "listen");
  }
  struct batch *batch = (struct batch *)poller_create(env, sizeof *batch, fd, on_event);
  if (batch == NULL) return NULL;
  batch->capacity = (unsigned)capacity;
  batch->input = opening.buffers[0];
  batch->output = opening.buffers[1];
  batch->slots = (struct slot *)opening.buffers[2].data;
  if (atomic_load(&spare_fd) < 0) open_spare();
  return poller_start(&batch->poller, &opening);
}
