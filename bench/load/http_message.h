// Bytes of the HTTP announce: the request of a common client, and the frame of the answer.
#pragma once

#include "workload.h"

#include <stddef.h>

enum { MAX_REQUEST_BYTES = 640 };

// Returns the length.
size_t write_http_announce(const struct workload *workload, struct peer peer, char request[MAX_REQUEST_BYTES]);

enum frame { FRAME_PARTIAL, FRAME_WHOLE, FRAME_BAD };

// Finds the body of a 200 answer framed by Content-Length or, when `is_ended`, by the end of the connection.
// `bytes` must be zero-terminated.
enum frame read_http_frame(const char *bytes, size_t length, bool is_ended, const char **body, size_t *body_length);
