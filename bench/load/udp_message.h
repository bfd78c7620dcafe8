// Bytes of the UDP tracker protocol (BEP 15), all numbers big-endian.
#pragma once

#include "measurement.h"
#include "workload.h"

#include <stddef.h>

enum { UDP_CONNECT_BYTES = 16, UDP_ANNOUNCE_BYTES = 98, UDP_ERROR_ACTION = 3 };

void write_udp_connect(uint8_t packet[UDP_CONNECT_BYTES], uint32_t transaction);
void write_udp_announce(uint8_t packet[UDP_ANNOUNCE_BYTES], const struct workload *workload, struct peer peer,
                        const uint8_t connection_id[8], uint32_t transaction);

// The transaction that an answer belongs to; 0 when it is too short to have one.
uint32_t udp_transaction(const uint8_t *packet, size_t length);
// On ANSWERED the connection id stands at offset 8.
enum outcome read_udp_connect(const uint8_t *packet, size_t length);
enum outcome read_udp_announce(const uint8_t *packet, size_t length, uint32_t max_peers, uint32_t *peers);
