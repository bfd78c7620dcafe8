// Datagrams in batches: recvmmsg into one buffer, sendmmsg out of another. The slots are those of
// node/listeners/udp-batches.ts.
#define _GNU_SOURCE
#include "socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

struct slot {
  int32_t request_bytes;
  /** 0: no answer. */
  int32_t answer_bytes;
  uint8_t address[IPV6_BYTES];
};

struct udp_socket {
  struct batch_socket base;
  union address sources[MAX_BATCH];
  struct iovec request_parts[MAX_BATCH];
  struct iovec answer_parts[MAX_BATCH];
  struct mmsghdr requests[MAX_BATCH];
  struct mmsghdr answers[MAX_BATCH];
  /** Of `answers`, those before `sent` have left; -1: they have not been collected from the slots. */
  int answer_count;
  int sent;
};

/** Once: the kernel changes nothing of it but the length of the source. */
static void point_at_input(struct udp_socket *udp) {
  const size_t room = udp->base.input.length / udp->base.capacity;
  for (unsigned i = 0; i < udp->base.capacity; i++) {
    udp->request_parts[i] = (struct iovec){udp->base.input.data + i * room, room};
    udp->requests[i].msg_hdr = (struct msghdr){
        .msg_name = udp->sources + i, .msg_iov = udp->request_parts + i, .msg_iovlen = 1};
  }
}

static void read_source(const union address *source, uint8_t *address) {
  if (source->any.sa_family == AF_INET) memcpy(address, &source->v4.sin_addr, IPV4_BYTES);
  else memcpy(address, &source->v6.sin6_addr, IPV6_BYTES);
}

static int gather(struct batch_socket *base) {
  struct udp_socket *udp = (struct udp_socket *)base;
  struct slot *slots = base->slots;
  if (udp->requests[0].msg_hdr.msg_iov == NULL) point_at_input(udp);
  for (unsigned i = 0; i < base->capacity; i++) udp->requests[i].msg_hdr.msg_namelen = sizeof *udp->sources;
  const int count = recvmmsg(base->fd, udp->requests, base->capacity, MSG_DONTWAIT, NULL);
  for (int i = 0; i < count; i++) {
    slots[i].request_bytes = (int32_t)udp->requests[i].msg_len;
    slots[i].answer_bytes = 0;
    read_source(udp->sources + i, slots[i].address);
  }
  udp->answer_count = -1;
  return count > 0 ? count : 0;  // not ready after all, or an error that concerns an earlier answer
}

static void collect_answers(struct udp_socket *udp, int count) {
  const struct batch_socket *base = &udp->base;
  const struct slot *slots = base->slots;
  const size_t room = base->output.length / base->capacity;
  udp->answer_count = 0;
  udp->sent = 0;
  for (int i = 0; i < count; i++) {
    const int32_t length = slots[i].answer_bytes;
    if (length <= 0 || (size_t)length > room) continue;
    const int n = udp->answer_count++;
    udp->answer_parts[n] = (struct iovec){base->output.data + (size_t)i * room, (size_t)length};
    udp->answers[n].msg_hdr = (struct msghdr){
        .msg_name = udp->sources + i,
        .msg_namelen = udp->requests[i].msg_hdr.msg_namelen,
        .msg_iov = udp->answer_parts + n,
        .msg_iovlen = 1,
    };
  }
}

static enum outcome scatter(struct batch_socket *base, int count) {
  struct udp_socket *udp = (struct udp_socket *)base;
  if (udp->answer_count < 0) collect_answers(udp, count);
  while (udp->sent < udp->answer_count) {
    const unsigned left = (unsigned)(udp->answer_count - udp->sent);
    const int sent = sendmmsg(base->fd, udp->answers + udp->sent, left, MSG_DONTWAIT);
    if (sent > 0) udp->sent += sent;
    else if (errno == EAGAIN) return BLOCKED;
    else if (errno != EINTR) udp->sent++;  // nobody can be reached there: lost, as on the way
  }
  return ALL_SENT;
}

/** Who hears nothing asks again. */
static void abandon(struct batch_socket *base, int count) {
  (void)base;
  (void)count;
}

/**
 * `number`: bytes of the receive buffer, of which the system may grant fewer. Answers are too short to be split anywhere: when
 * the kernel knows, it needs no number for the parts, which is 5 % of all that an announce takes.
 */
static int prepare(int fd, int32_t number) {
  const int never_split = IP_PMTUDISC_PROBE;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &number, sizeof number);
  setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &never_split, sizeof never_split);
  return fd;
}

const struct kind udp_kind = {
    .size = sizeof(struct udp_socket),
    .slot_bytes = sizeof(struct slot),
    .type = SOCK_DGRAM,
    .level = IPPROTO_IPV6,
    .option = IPV6_V6ONLY,
    .prepare = prepare,
    .gather = gather,
    .scatter = scatter,
    .abandon = abandon,
};
