#include "udp_message.h"

#include <arpa/inet.h>
#include <string.h>

enum { CONNECT_ACTION = 0, ANNOUNCE_ACTION = 1, EVENT_NONE = 0, EVENT_STARTED = 2 };
enum { ANSWER_HEAD_BYTES = 20, COMPACT_IPV4_BYTES = 6 };

static const uint8_t PROTOCOL_ID[8] = {0x00, 0x00, 0x04, 0x17, 0x27, 0x10, 0x19, 0x80};

static void put32(uint8_t *at, uint32_t value) {
  value = htonl(value);
  memcpy(at, &value, 4);
}

static uint32_t get32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return ntohl(value);
}

void write_udp_connect(uint8_t packet[UDP_CONNECT_BYTES], uint32_t transaction) {
  memcpy(packet, PROTOCOL_ID, 8);
  put32(packet + 8, CONNECT_ACTION);
  put32(packet + 12, transaction);
}

void write_udp_announce(uint8_t packet[UDP_ANNOUNCE_BYTES], const struct workload *workload, struct peer peer,
                        const uint8_t connection_id[8], uint32_t transaction) {
  const struct options *options = workload->options;
  const uint16_t port = htons(peer_port(workload, peer));
  memcpy(packet, connection_id, 8);
  put32(packet + 8, ANNOUNCE_ACTION);
  put32(packet + 12, transaction);
  write_info_hash(peer.torrent, packet + 16);
  write_peer_id(peer, packet + 36);
  memset(packet + 56, 0, 24);     // downloaded, left, uploaded
  put32(packet + 68, 16777216);   // left: every peer is a leecher, so that every tracker has as many to choose from
  put32(packet + 80, options->is_fill ? EVENT_STARTED : EVENT_NONE);
  put32(packet + 84, 0);          // address: the sender's
  put32(packet + 88, peer_key(peer));
  put32(packet + 92, options->numwant);
  memcpy(packet + 96, &port, 2);
}

uint32_t udp_transaction(const uint8_t *packet, size_t length) {
  return length < 8 ? 0 : get32(packet + 4);
}

enum outcome read_udp_connect(const uint8_t *packet, size_t length) {
  if (get32(packet) == UDP_ERROR_ACTION) return OUTCOME_REFUSED;
  return get32(packet) == CONNECT_ACTION && length == 16 ? OUTCOME_ANSWERED : OUTCOME_MALFORMED;
}

enum outcome read_udp_announce(const uint8_t *packet, size_t length, uint32_t max_peers, uint32_t *peers) {
  if (get32(packet) == UDP_ERROR_ACTION) return OUTCOME_REFUSED;
  if (get32(packet) != ANNOUNCE_ACTION || length < ANSWER_HEAD_BYTES) return OUTCOME_MALFORMED;
  *peers = (uint32_t)((length - ANSWER_HEAD_BYTES) / COMPACT_IPV4_BYTES);
  const bool is_whole = (length - ANSWER_HEAD_BYTES) % COMPACT_IPV4_BYTES == 0;
  return is_whole && *peers <= max_peers ? OUTCOME_ANSWERED : OUTCOME_MALFORMED;
}
