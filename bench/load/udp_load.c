// Announces over UDP from one connected socket per source address, packets sent and received in batches.
#define _GNU_SOURCE
#include "run.h"
#include "sources.h"
#include "udp_message.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_SLOTS = 256, BATCH = 64, MAX_PACKET_BYTES = 2048, POLL_MS = 20 };

static const uint64_t RESEND_NS = 1000000000u;
// Clients ask for a new connection id a minute after the last one (BEP 15).
static const uint64_t CONNECTION_ID_LIFETIME_NS = 60000000000u;

// One request under way: a connect where needed, then the announce.
struct slot {
  bool is_used;
  bool is_connect;
  uint32_t transaction;  // its slot in the lowest byte
  struct peer peer;
  uint64_t started_ns;
  uint64_t sent_ns;
  uint8_t packet[UDP_ANNOUNCE_BYTES];
};

struct source {
  int fd;
  uint32_t number;
  bool is_connected;
  uint8_t connection_id[8];
  uint64_t connected_ns;
  uint32_t slot_count;
  struct slot slots[MAX_SLOTS];
  uint32_t due_count;
  struct slot *due[MAX_SLOTS];  // to be sent with the next batch
};

struct load {
  struct workload workload;
  struct measurement *measurement;
  uint32_t used_slots;
};

static void queue(struct source *source, struct slot *slot, bool is_connect) {
  slot->is_connect = is_connect;
  slot->transaction += MAX_SLOTS;
  source->due[source->due_count++] = slot;
}

static void queue_connect(struct source *source, struct slot *slot) {
  queue(source, slot, true);
  write_udp_connect(slot->packet, slot->transaction);
}

static void queue_announce(struct load *load, struct source *source, struct slot *slot, const uint8_t *connection_id) {
  queue(source, slot, false);
  write_udp_announce(slot->packet, &load->workload, slot->peer, connection_id, slot->transaction);
}

static void start(struct load *load, struct source *source, struct slot *slot, uint64_t now) {
  slot->is_used = workload_next(&load->workload, source->number, &slot->peer);
  if (!slot->is_used) {
    load->used_slots--;
    return;
  }
  slot->started_ns = now;
  const bool is_fresh = source->is_connected && now - source->connected_ns < CONNECTION_ID_LIFETIME_NS;
  if (is_fresh) queue_announce(load, source, slot, source->connection_id);
  else queue_connect(source, slot);
}

static void fail(struct load *load, struct source *source, struct slot *slot, enum outcome outcome, uint64_t now) {
  measurement_fail(load->measurement, outcome);
  source->is_connected = false;
  start(load, source, slot, now);
}

static void on_packet(struct load *load, struct source *source, const uint8_t *packet, size_t length, uint64_t now) {
  const uint32_t transaction = udp_transaction(packet, length);
  const uint32_t number = transaction % MAX_SLOTS;
  struct slot *slot = &source->slots[number];
  // An answer to a request that was given up and sent again.
  if (number >= source->slot_count || !slot->is_used || slot->transaction != transaction) return;
  if (slot->is_connect) {
    const enum outcome outcome = read_udp_connect(packet, length);
    if (outcome != OUTCOME_ANSWERED) return fail(load, source, slot, outcome, now);
    if (load->workload.options->mode == MODE_UDP) {
      memcpy(source->connection_id, packet + 8, 8);
      source->is_connected = true;
      source->connected_ns = now;
    }
    return queue_announce(load, source, slot, packet + 8);
  }
  uint32_t peers = 0;
  const enum outcome outcome = read_udp_announce(packet, length, load->workload.options->numwant, &peers);
  if (outcome != OUTCOME_ANSWERED) return fail(load, source, slot, outcome, now);
  measurement_answer(load->measurement, now - slot->started_ns, peers);
  start(load, source, slot, now);
}

static void receive(struct load *load, struct source *source) {
  static uint8_t buffers[BATCH][MAX_PACKET_BYTES];
  static struct iovec vectors[BATCH];
  static struct mmsghdr messages[BATCH];
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){buffers[i], MAX_PACKET_BYTES};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
  }
  const int count = recvmmsg(source->fd, messages, BATCH, 0, NULL);
  const uint64_t now = now_ns();
  for (int i = 0; i < count; i++) on_packet(load, source, buffers[i], messages[i].msg_len, now);
}

static void send_due(struct source *source) {
  static struct iovec vectors[MAX_SLOTS];
  static struct mmsghdr messages[MAX_SLOTS];
  const uint64_t now = now_ns();
  for (uint32_t i = 0; i < source->due_count; i++) {
    struct slot *slot = source->due[i];
    slot->sent_ns = now;
    vectors[i] = (struct iovec){slot->packet, slot->is_connect ? UDP_CONNECT_BYTES : UDP_ANNOUNCE_BYTES};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
  }
  // What does not fit into the socket's buffer counts as lost and is sent again later.
  if (source->due_count > 0) sendmmsg(source->fd, messages, source->due_count, 0);
  source->due_count = 0;
}

static void resend_lost(struct load *load, struct source *source, uint64_t now) {
  for (uint32_t i = 0; i < source->slot_count; i++) {
    struct slot *slot = &source->slots[i];
    if (!slot->is_used || now - slot->sent_ns < RESEND_NS) continue;
    measurement_fail(load->measurement, OUTCOME_LOST);
    source->due[source->due_count++] = slot;
  }
}

static void open_sources(struct load *load, struct source *sources, int poll_fd) {
  const struct options *options = load->workload.options;
  for (uint32_t i = 0; i < options->sources; i++) {
    struct source *source = &sources[i];
    source->number = i;
    source->fd = open_source_socket(SOCK_DGRAM, i);
    source->slot_count = options->in_flight / options->sources;
    if (source->slot_count > MAX_SLOTS) source->slot_count = MAX_SLOTS;
    if (connect(source->fd, (const struct sockaddr *)&options->server, sizeof options->server) < 0) die("connect");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, source->fd, &event) < 0) die("epoll_ctl");
    load->used_slots += source->slot_count;
    for (uint32_t slot = 0; slot < source->slot_count; slot++) {
      source->slots[slot].transaction = slot;
      start(load, source, &source->slots[slot], now_ns());
    }
    send_due(source);
  }
}

void run_udp_load(const struct options *options, struct measurement *measurement) {
  struct load load = {.measurement = measurement};
  struct source *sources = calloc(options->sources, sizeof *sources);
  const int poll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (sources == NULL || poll_fd < 0) die("epoll_create1");
  workload_init(&load.workload, options);
  measurement_tick(measurement, now_ns());
  open_sources(&load, sources, poll_fd);
  uint64_t checked_ns = now_ns();
  while (!measurement->is_over && load.used_slots > 0) {
    struct epoll_event events[MAX_SOURCES];
    const int count = epoll_wait(poll_fd, events, MAX_SOURCES, POLL_MS);
    for (int i = 0; i < count; i++) {
      receive(&load, events[i].data.ptr);
      send_due(events[i].data.ptr);
    }
    const uint64_t now = now_ns();
    measurement_tick(measurement, now);
    if (now - checked_ns < RESEND_NS / 10) continue;
    checked_ns = now;
    for (uint32_t i = 0; i < options->sources; i++) {
      resend_lost(&load, &sources[i], now);
      send_due(&sources[i]);
    }
  }
  if (load.used_slots == 0) measurement_filled(measurement, now_ns());
  for (uint32_t i = 0; i < options->sources; i++) close(sources[i].fd);
  close(poll_fd);
  free(sources);
}
