// Which peer announces next: torrents and peers are numbered, and everything about them follows from the numbers.
#pragma once

#include "options.h"

struct peer {
  uint32_t torrent;
  uint32_t number;  // within its torrent
};

struct workload {
  const struct options *options;
  uint64_t random_state;
  uint64_t filled[MAX_SOURCES];  // position of each source in its own list of peers
};

enum { INFO_HASH_BYTES = 20, PEER_ID_BYTES = 20 };

void workload_init(struct workload *workload, const struct options *options);

// The next peer that lives at this source address: random, or in a fill the next one that has not announced yet.
// False when the source has filled in all of its peers.
bool workload_next(struct workload *workload, uint32_t source, struct peer *peer);

void write_info_hash(uint32_t torrent, uint8_t hash[INFO_HASH_BYTES]);
void write_peer_id(struct peer peer, uint8_t id[PEER_ID_BYTES]);
uint32_t peer_key(struct peer peer);
uint16_t peer_port(const struct workload *workload, struct peer peer);
