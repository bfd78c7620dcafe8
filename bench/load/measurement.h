// Counts, latencies and CPU time of the counted part of a run.
#pragma once

#include "options.h"

// Latency in nanoseconds, 32 steps per power of two: read back within 3 %.
enum { LATENCY_STEPS = 32, LATENCY_BUCKETS = 64 * LATENCY_STEPS };

enum outcome {
  OUTCOME_ANSWERED,
  OUTCOME_REFUSED,    // a well-formed refusal
  OUTCOME_MALFORMED,
  OUTCOME_BROKEN,     // the connection failed or ended early
  OUTCOME_LOST,       // no answer in time; UDP sends again
  OUTCOME_COUNT,
};

struct measurement {
  const struct options *options;
  uint64_t begins_ns;
  uint64_t ends_ns;
  bool is_counting;
  bool is_over;
  bool is_filled;
  uint64_t outcomes[OUTCOME_COUNT];
  uint64_t peers;  // in all answers
  uint64_t latencies[LATENCY_BUCKETS];
  double server_cpu_seconds;
  double load_cpu_seconds;
};

uint64_t now_ns(void);

void measurement_init(struct measurement *measurement, const struct options *options);
// Starts or ends the counting when its time has come.
void measurement_tick(struct measurement *measurement, uint64_t now);
// All peers of a fill have been answered.
void measurement_filled(struct measurement *measurement, uint64_t now);
void measurement_answer(struct measurement *measurement, uint64_t latency_ns, uint32_t peers);
void measurement_fail(struct measurement *measurement, enum outcome outcome);
// One line of JSON on stdout.
void measurement_print(const struct measurement *measurement);
