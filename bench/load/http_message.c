#define _GNU_SOURCE
#include "http_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Unreserved characters (RFC 3986) stay as they are, as clients send them.
static char *write_escaped(char *at, const uint8_t *bytes, size_t length) {
  static const char HEX[] = "0123456789ABCDEF";
  for (size_t i = 0; i < length; i++) {
    const uint8_t byte = bytes[i];
    const bool is_letter = (byte | 32) >= 'a' && (byte | 32) <= 'z';
    const bool is_digit = byte >= '0' && byte <= '9';
    if (is_letter || is_digit || byte == '-' || byte == '.' || byte == '_' || byte == '~') {
      *at++ = (char)byte;
    } else {
      *at++ = '%';
      *at++ = HEX[byte >> 4];
      *at++ = HEX[byte & 15];
    }
  }
  return at;
}

size_t write_http_announce(const struct workload *workload, struct peer peer, char request[MAX_REQUEST_BYTES]) {
  const struct options *options = workload->options;
  uint8_t hash[INFO_HASH_BYTES];
  uint8_t id[PEER_ID_BYTES];
  write_info_hash(peer.torrent, hash);
  write_peer_id(peer, id);
  char *at = stpcpy(request, "GET /announce?info_hash=");
  at = write_escaped(at, hash, sizeof hash);
  at = stpcpy(at, "&peer_id=");
  at = write_escaped(at, id, sizeof id);
  at += sprintf(at,
                "&port=%u&uploaded=0&downloaded=0&left=16777216&corrupt=0&key=%08X%s&numwant=%u&compact=1&no_peer_id=1"
                "&supportcrypto=1&redundant=0 HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: qBittorrent/4.6.5\r\n"
                "Accept-Encoding: gzip\r\nConnection: %s\r\n\r\n",
                peer_port(workload, peer), peer_key(peer), options->is_fill ? "&event=started" : "", options->numwant,
                ntohs(options->server.sin_port), options->mode == MODE_KEEPALIVE ? "keep-alive" : "close");
  return (size_t)(at - request);
}

enum frame read_http_frame(const char *bytes, size_t length, bool is_ended, const char **body, size_t *body_length) {
  const char *blank_line = memmem(bytes, length, "\r\n\r\n", 4);
  if (blank_line == NULL) return is_ended ? FRAME_BAD : FRAME_PARTIAL;
  if (strncmp(bytes, "HTTP/1.", 7) != 0 || strncmp(bytes + 8, " 200 ", 5) != 0) return FRAME_BAD;
  *body = blank_line + 4;
  const size_t received = length - (size_t)(*body - bytes);
  const char *header = strcasestr(bytes, "\r\nContent-Length:");
  if (header == NULL || header > blank_line) {
    *body_length = received;
    return is_ended ? FRAME_WHOLE : FRAME_PARTIAL;
  }
  *body_length = strtoul(header + 17, NULL, 10);
  if (received > *body_length) return FRAME_BAD;
  if (received == *body_length) return FRAME_WHOLE;
  return is_ended ? FRAME_BAD : FRAME_PARTIAL;
}
