#include "workload.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_PEER_PORT = 10000 };

// SplitMix64: one step mixes any number into 64 well-spread bits.
static uint64_t mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

static uint32_t random_below(struct workload *workload, uint32_t limit) {
  workload->random_state += 0x9e3779b97f4a7c15u;
  return (uint32_t)(((mix(workload->random_state) >> 32) * limit) >> 32);
}

void workload_init(struct workload *workload, const struct options *options) {
  memset(workload, 0, sizeof *workload);
  workload->options = options;
  workload->random_state = mix(options->seed);
}

// Peer p of torrent t lives at source (t + p) mod sources, so that small torrents use every source too.
// `row` counts the peers of one torrent at one source.
static struct peer peer_at(const struct options *options, uint32_t source, uint32_t torrent, uint32_t row) {
  const uint32_t first = (source + options->sources - torrent % options->sources) % options->sources;
  return (struct peer){.torrent = torrent, .number = first + row * options->sources};
}

static uint32_t rows(const struct options *options) {
  return (options->peers + options->sources - 1) / options->sources;
}

static bool next_to_fill(struct workload *workload, uint32_t source, struct peer *peer) {
  const struct options *options = workload->options;
  const uint64_t end = (uint64_t)rows(options) * options->torrents;
  while (workload->filled[source] < end) {
    const uint64_t position = workload->filled[source]++;
    *peer = peer_at(options, source, (uint32_t)(position % options->torrents), (uint32_t)(position / options->torrents));
    if (peer->number < options->peers) return true;
  }
  return false;
}

bool workload_next(struct workload *workload, uint32_t source, struct peer *peer) {
  const struct options *options = workload->options;
  if (options->is_fill) return next_to_fill(workload, source, peer);
  do {
    const uint32_t torrent = random_below(workload, options->torrents);
    *peer = peer_at(options, source, torrent, random_below(workload, rows(options)));
  } while (peer->number >= options->peers);
  return true;
}

void write_info_hash(uint32_t torrent, uint8_t hash[INFO_HASH_BYTES]) {
  const uint64_t words[3] = {mix(torrent), mix(torrent + (1ull << 32)), mix(torrent + (2ull << 32))};
  memcpy(hash, words, INFO_HASH_BYTES);
}

void write_peer_id(struct peer peer, uint8_t id[PEER_ID_BYTES]) {
  static const char HEX[] = "0123456789abcdef";
  memcpy(id, "-qB4650-", 8);
  const uint64_t bits = mix(((uint64_t)peer.torrent << 32) | peer.number);
  for (int i = 0; i < 12; i++) id[8 + i] = (uint8_t)HEX[(bits >> (4 * i)) & 15];
}

uint32_t peer_key(struct peer peer) {
  return (uint32_t)(mix(((uint64_t)peer.torrent << 32) | peer.number) >> 32);
}

uint16_t peer_port(const struct workload *workload, struct peer peer) {
  return (uint16_t)(FIRST_PEER_PORT + peer.number / workload->options->sources);
}
