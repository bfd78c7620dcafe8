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

static size_t write_announce(const struct workload *workload, struct peer peer, char request[MAX_REQUEST_BYTES]) {
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

static size_t write_lookup(const struct options *options, struct peer peer, char request[MAX_REQUEST_BYTES]) {
  uint8_t hash[INFO_HASH_BYTES];
  write_info_hash(peer.torrent, hash);
  char *at = stpcpy(request, "GET /v2/lookup?info_hash=");
  for (int i = 0; i < INFO_HASH_BYTES; i++) at += sprintf(at, "%02x", hash[i]);
  at += sprintf(at, " HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: %s\r\n\r\n", ntohs(options->server.sin_port),
                options->mode == MODE_KEEPALIVE ? "keep-alive" : "close");
  return (size_t)(at - request);
}

size_t write_http_request(const struct workload *workload, struct peer peer, char request[MAX_REQUEST_BYTES]) {
  if (workload->options->question == QUESTION_LOOKUP) return write_lookup(workload->options, peer, request);
  return write_announce(workload, peer, request);
}

enum frame read_http_frame(const struct answer *answer, int status, const char **body, size_t *body_length) {
  const char *bytes = answer->bytes;
  const char *blank_line = memmem(bytes, answer->length, "\r\n\r\n", 4);
  if (blank_line == NULL) return answer->is_ended ? FRAME_BAD : FRAME_PARTIAL;
  if (strncmp(bytes, "HTTP/1.", 7) != 0 || atoi(bytes + 9) != status) return FRAME_BAD;
  *body = blank_line + 4;
  const size_t received = answer->length - (size_t)(*body - bytes);
  const char *header = strcasestr(bytes, "\r\nContent-Length:");
  if (header == NULL || header > blank_line) {
    *body_length = received;
    return answer->is_ended ? FRAME_WHOLE : FRAME_PARTIAL;
  }
  *body_length = strtoul(header + 17, NULL, 10);
  if (received > *body_length) return FRAME_BAD;
  if (received == *body_length) return FRAME_WHOLE;
  return answer->is_ended ? FRAME_BAD : FRAME_PARTIAL;
}

bool leads_on(const char *answer, const char *request) {
  static const char HEADER[] = "\r\nLocation: http://";
  const char *location = strcasestr(answer, HEADER);
  if (location == NULL) return false;
  const char *target = strchr(location + sizeof HEADER - 1, '/');
  const char *asked = request + sizeof "GET " - 1;
  const size_t length = strcspn(asked, " ");
  return target != NULL && strncmp(target, asked, length) == 0 && target[length] == '\r';
}

bool names_carriers(const char *body, size_t length, struct peer peer) {
  static const char CARRIER[] = "8:carriersld";
  uint8_t hash[INFO_HASH_BYTES];
  write_info_hash(peer.torrent, hash);
  return length > 0 && body[0] == 'd' && body[length - 1] == 'e' && memmem(body, length, hash, sizeof hash) != NULL &&
         memmem(body, length, CARRIER, sizeof CARRIER - 1) != NULL;
}
