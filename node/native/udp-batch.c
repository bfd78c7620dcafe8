// Datagrams in batches: recvmmsg into one buffer, one call of JavaScript, sendmmsg out of another. JavaScript owns the
// buffers and knows the protocol. The slots are those of
// node/listeners/udp-batches.ts.
#define _GNU_SOURCE
#include "poller.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/** What JavaScript and C tell each other about one datagram. */
struct slot {
  int32_t request_bytes;
  /** 0: no answer. */
  int32_t answer_bytes;
  uint8_t address[IPV6_BYTES];
};

struct batch {
  struct poller poller;
  unsigned capacity;
  struct slot *slots;
  struct bytes output;
  union address sources[MAX_BATCH];
  struct iovec request_parts[MAX_BATCH];
  struct iovec answer_parts[MAX_BATCH];
  struct mmsghdr requests[MAX_BATCH];
  struct mmsghdr answers[MAX_BATCH];
  /** Of `answers`; those before `sent` have left. */
  unsigned answer_count;
  unsigned sent;
};

/** Sends what is left; when the kernel takes no more, waits for it before any further request is read. */
static void send_answers(struct batch *batch) {
  while (batch->sent < batch->answer_count) {
    const unsigned left = batch->answer_count - batch->sent;
    const int sent = sendmmsg(batch->poller.fd, batch->answers + batch->sent, left, MSG_DONTWAIT);
    if (sent > 0) batch->sent += (unsigned)sent;
    else if (errno == EAGAIN) return poller_wait_for(&batch->poller, UV_WRITABLE);
    else if (errno != EINTR) batch->sent++;  // nobody can be reached there: lost, as on the way
  }
  poller_wait_for(&batch->poller, UV_READABLE);
}

static void read_source(const union address *source, uint8_t *address) {
  if (source->any.sa_family == AF_INET) memcpy(address, &source->v4.sin_addr, IPV4_BYTES);
  else memcpy(address, &source->v6.sin6_addr, IPV6_BYTES);
}

static void collect_answers(struct batch *batch, int count) {
  const size_t room = batch->output.length / batch->capacity;
  batch->answer_count = 0;
  batch->sent = 0;
  for (int i = 0; i < count; i++) {
    const int32_t length = batch->slots[i].answer_bytes;
    if (length <= 0 || (size_t)length > room) continue;
    const unsigned n = batch->answer_count++;
    batch->answer_parts[n] = (struct iovec){batch->output.data + (size_t)i * room, (size_t)length};
    batch->answers[n].msg_hdr = (struct msghdr){
        .msg_name = batch->sources + i,
        .msg_namelen = batch->requests[i].msg_hdr.msg_namelen,
        .msg_iov = batch->answer_parts + n,
        .msg_iovlen = 1,
    };
  }
}

static void receive(struct batch *batch) {
  for (unsigned i = 0; i < batch->capacity; i++) batch->requests[i].msg_hdr.msg_namelen = sizeof *batch->sources;
  const int count = recvmmsg(batch->poller.fd, batch->requests, batch->capacity, MSG_DONTWAIT, NULL);
  if (count <= 0) return;  // not ready after all, or an error that concerns an earlier answer
  for (int i = 0; i < count; i++) {
    batch->slots[i].request_bytes = (int32_t)batch->requests[i].msg_len;
    read_source(batch->sources + i, batch->slots[i].address);
  }
  if (!poller_call(&batch->poller, 0, count) || batch->poller.fd < 0) return;
  collect_answers(batch, count);
  send_answers(batch);
}

static void on_event(struct poller *poller, int events) {
  struct batch *batch = (struct batch *)poller;
  if ((events & UV_WRITABLE) != 0) send_answers(batch);
  else receive(batch);
}

static void point_at_input(struct batch *batch, struct bytes input) {
  const size_t room = input.length / batch->capacity;
  for (unsigned i = 0; i < batch->capacity; i++) {
    batch->request_parts[i] = (struct iovec){input.data + i * room, room};
    batch->requests[i].msg_hdr = (struct msghdr){
        .msg_name = batch->sources + i, .msg_iov = batch->request_parts + i, .msg_iovlen = 1};
  }
}

/** openUdp(host, port, receiveBufferBytes, [input, output, slots], [onRequests]): handle */
napi_value open_udp(napi_env env, napi_callback_info info) {
  struct opening opening;
  if (!read_opening(env, info, &opening)) return NULL;
  const size_t capacity = opening.buffers[2].length / sizeof(struct slot);
  if (capacity < 1 || capacity > MAX_BATCH) {
    napi_throw_range_error(env, NULL, "a batch has 1 to 64 slots");
    return NULL;
  }
  const int fd = open_bound(&opening, SOCK_DGRAM, IPPROTO_IPV6, IPV6_V6ONLY);
  if (fd < 0) return throw_errno(env, "bind");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &opening.number, sizeof opening.number);
  struct batch *batch = (struct batch *)poller_create(env, sizeof *batch, fd, on_event);
  if (batch == NULL) return NULL;
  batch->capacity = (unsigned)capacity;
  batch->output = opening.buffers[1];
  batch->slots = (struct slot *)opening.buffers[2].data;
  point_at_input(batch, opening.buffers[0]);
  return poller_start(&batch->poller, &opening);
}
