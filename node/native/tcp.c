// Connections of one request and one answer at a time: accept and read until nobody waits, then send, and close or keep for the
// next request. JavaScript knows who is kept, and takes over every connection that is anything else. The slots are those of
// node/listeners/http-batch-socket.ts.
#define _GNU_SOURCE
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/** The kernel keeps a connection to itself for so long while nothing is asked on it. */
enum { DEFER_SECONDS = 1 };

/** Of what may come behind a request while it is answered. */
enum { MAX_DROPPED_BYTES = 1 << 16 };

/** In place of a length: the descriptor is not ours any more. */
enum { TAKEN = -1 };

/** What is done with a connection after its answer: closed, waited for already, or waited for from now on. */
enum keeping { CLOSED, KEPT, TO_KEEP };

struct slot {
  int32_t fd;
  int32_t request_bytes;
  int32_t answer_at;
  int32_t answer_bytes;
  /** From here KEPT for one that was waited for, else CLOSED; JavaScript writes what it is to become. */
  int32_t keeping;
  /** Of one that was not kept. */
  int32_t family;
  uint8_t address[IPV6_BYTES];
};

/** Of the process; given up for a moment when there is no other descriptor left. */
static atomic_int spare_fd = -1;

static void open_spare(void) {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int none = -1;
  if (!atomic_compare_exchange_strong(&spare_fd, &none, fd)) close(fd);
}

/** Without a free descriptor nobody could be accepted, and the loop would not rest: the spare one turns them away. */
static void turn_away(int listening_fd) {
  close(atomic_exchange(&spare_fd, -1));
  close(accept(listening_fd, NULL, NULL));
  open_spare();
}

static void read_source(const union address *source, struct slot *slot) {
  const bool is_v6 = source->any.sa_family == AF_INET6;
  const uint8_t *v6 = source->v6.sin6_addr.s6_addr;
  const bool is_mapped = is_v6 && IN6_IS_ADDR_V4MAPPED(&source->v6.sin6_addr);
  slot->family = is_v6 && !is_mapped ? 6 : 4;
  if (slot->family == 6) memcpy(slot->address, v6, IPV6_BYTES);
  else memcpy(slot->address, is_mapped ? v6 + IPV6_BYTES - IPV4_BYTES : (const void *)&source->v4.sin_addr, IPV4_BYTES);
}

/** False when there was nothing after all. */
static bool receive_into(struct slot *slot, int fd, enum keeping keeping, struct bytes room) {
  const ssize_t received = recv(fd, room.data, room.length, 0);
  if (received < 0 && errno == EAGAIN && keeping == KEPT) return false;
  slot->fd = fd;
  slot->request_bytes = received > 0 ? (int32_t)received : 0;
  slot->answer_bytes = 0;
  slot->keeping = keeping;
  return true;
}

static bool accept_into(const struct batch_socket *base, struct slot *slot, struct bytes room) {
  union address source;
  socklen_t length = sizeof source;
  const int fd = accept4(base->fd, &source.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EMFILE || errno == ENFILE) turn_away(base->fd);
    return false;
  }
  read_source(&source, slot);
  return receive_into(slot, fd, CLOSED, room);
}

/** First those kept that ask, then those who wait to be accepted: in an event of theirs is at least one slot left for them. */
static int gather(struct batch_socket *base) {
  struct epoll_event events[MAX_BATCH];
  struct slot *slots = base->slots;
  const size_t room = base->input.length / base->capacity;
  const int ready = epoll_wait(base->ready_fd, events, (int)base->capacity, 0);
  bool is_accepting = false;
  unsigned count = 0;
  for (int i = 0; i < ready; i++) {
    const int fd = events[i].data.fd;
    if (fd == base->fd) is_accepting = true;
    else count += receive_into(slots + count, fd, KEPT, (struct bytes){base->input.data + count * room, room});
  }
  while (is_accepting && count < base->capacity &&
         accept_into(base, slots + count, (struct bytes){base->input.data + count * room, room}))
    count++;
  return (int)count;
}

/** False when the kernel takes only a part, which the slot tells of then. Whether anybody still reads shows later. */
static bool send_answer(const struct bytes *output, struct slot *slot) {
  const size_t end = (size_t)slot->answer_at + (size_t)slot->answer_bytes;
  if (slot->answer_bytes <= 0 || slot->answer_at < 0 || end > output->length) return true;
  // An answer that waits for the end of its connection leaves together with it: one packet less, 8 % of all that it takes.
  const int flags = slot->keeping == CLOSED ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL;
  const ssize_t sent = send(slot->fd, output->data + slot->answer_at, (size_t)slot->answer_bytes, flags);
  if (sent >= slot->answer_bytes || (sent < 0 && errno != EAGAIN)) return true;
  slot->answer_at += sent > 0 ? (int32_t)sent : 0;
  slot->answer_bytes -= sent > 0 ? (int32_t)sent : 0;
  return false;
}

static bool wait_for(const struct batch_socket *base, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  return epoll_ctl(base->ready_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/** Before JavaScript has it. */
static void wait_no_more(const struct batch_socket *base, const struct slot *slot) {
  if (slot->keeping == KEPT) epoll_ctl(base->ready_fd, EPOLL_CTL_DEL, slot->fd, NULL);
}

/** Drops what came meanwhile: with bytes unread the kernel would throw away the answer that waits for the end, and reset. */
static void drop_and_close(int fd) {
  recv(fd, NULL, MAX_DROPPED_BYTES, MSG_DONTWAIT | MSG_TRUNC);
  close(fd);
}

/** Sends the answer, and closes or keeps; false when JavaScript is to take over. */
static bool answer(const struct batch_socket *base, struct slot *slot) {
  const bool is_taken = slot->answer_bytes == TAKEN;
  if (is_taken || !send_answer(&base->output, slot)) {
    wait_no_more(base, slot);
    return is_taken;
  }
  slot->answer_bytes = 0;
  if (slot->keeping == TO_KEEP && !wait_for(base, slot->fd)) return false;
  if (slot->keeping == CLOSED) drop_and_close(slot->fd);
  slot->answer_bytes = TAKEN;
  return true;
}

static enum outcome scatter(struct batch_socket *base, int count) {
  struct slot *slots = base->slots;
  bool is_all_sent = true;
  for (int i = 0; i < count; i++) is_all_sent &= answer(base, slots + i);
  return is_all_sent ? ALL_SENT : UNSENT;
}

/** Those that JavaScript knows are its own to end. */
static void abandon(struct batch_socket *base, int count) {
  struct slot *slots = base->slots;
  for (int i = 0; i < count; i++) {
    if (slots[i].answer_bytes == TAKEN || slots[i].keeping != CLOSED) continue;
    close(slots[i].fd);
    slots[i].answer_bytes = TAKEN;
  }
}

/** `number`: how many may wait to be accepted. */
static int prepare(int fd, int32_t number) {
  const int seconds = DEFER_SECONDS;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
  if (atomic_load(&spare_fd) < 0) open_spare();
  const int set = listen(fd, number) == 0 ? epoll_create1(EPOLL_CLOEXEC) : -1;
  if (set < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0) return set;
  close(set);
  return -1;
}

const struct kind tcp_kind = {
    .size = sizeof(struct batch_socket),
    .slot_bytes = sizeof(struct slot),
    .type = SOCK_STREAM,
    .level = SOL_SOCKET,
    .option = SO_REUSEADDR,
    .prepare = prepare,
    .gather = gather,
    .scatter = scatter,
    .abandon = abandon,
};
