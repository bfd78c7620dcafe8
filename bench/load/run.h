// The two kinds of load; each returns when its measurement is over.
#pragma once

#include "measurement.h"

void run_udp_load(const struct options *options, struct measurement *measurement);
void run_http_load(const struct options *options, struct measurement *measurement);
