// Bytes of the HTTP announce: the request of a common client, and the frame of the answer.
#pragma once

#include "workload.h"

#include <stdbool.h>
#include <stddef.h>

enum { MAX_REQUEST_BYTES = 640 };

// Writes what the options ask for; returns the length.
size_t write_http_request(const struct workload *workload, struct peer peer, char request[MAX_REQUEST_BYTES]);

enum frame { FRAME_PARTIAL, FRAME_WHOLE, FRAME_BAD };

// An answer; `bytes` must be zero-terminated.
struct answer {
  const char *bytes;
  size_t length;
  bool is_ended;  // by the end of the connection
};

// Finds the body of an answer of this status framed by Content-Length or, when `is_ended`, by the end of the connection.
enum frame read_http_frame(const struct answer *answer, int status, const char **body, size_t *body_length);

// Whether a whole answer names in its Location header the target of the request at another server.
bool leads_on(const char *answer, const char *request);
// Whether the body names the torrent and at least one carrier of it.
bool names_carriers(const char *body, size_t length, struct peer peer);
