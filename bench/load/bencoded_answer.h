// Checks the body of an HTTP announce answer.
#pragma once

#include "measurement.h"

#include <stddef.h>

// ANSWERED, REFUSED (a failure reason) or MALFORMED: anything but one whole dictionary with an interval and at most
// `max_peers` compact IPv4 peers (BEP 23).
enum outcome read_bencoded_answer(const char *body, size_t length, uint32_t max_peers, uint32_t *peers);
