#define _GNU_SOURCE
#include "measurement.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// User and system time of every thread of the process, from fields 14 and 15 of /proc/PID/stat (in clock ticks).
static double process_cpu_seconds(uint32_t pid) {
  char path[64];
  char line[1024];
  snprintf(path, sizeof path, "/proc/%" PRIu32 "/stat", pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  const size_t length = fread(line, 1, sizeof line - 1, file);
  fclose(file);
  line[length] = '\0';
  const char *after_name = strrchr(line, ')');
  unsigned long user = 0;
  unsigned long system = 0;
  if (after_name == NULL) return 0;
  sscanf(after_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
  return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double own_cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void measurement_init(struct measurement *measurement, const struct options *options) {
  memset(measurement, 0, sizeof *measurement);
  measurement->options = options;
  measurement->begins_ns = now_ns() + options->warm_up_ms * 1000000ull;
  measurement->ends_ns = measurement->begins_ns + options->limit_ms * 1000000ull;
}

static void begin(struct measurement *measurement, uint64_t now) {
  measurement->begins_ns = now;
  measurement->is_counting = true;
  measurement->server_cpu_seconds = -process_cpu_seconds(measurement->options->server_pid);
  measurement->load_cpu_seconds = -own_cpu_seconds();
}

static void end(struct measurement *measurement, uint64_t now) {
  measurement->ends_ns = now;
  measurement->is_counting = false;
  measurement->is_over = true;
  measurement->server_cpu_seconds += process_cpu_seconds(measurement->options->server_pid);
  measurement->load_cpu_seconds += own_cpu_seconds();
}

void measurement_tick(struct measurement *measurement, uint64_t now) {
  if (measurement->is_over) return;
  if (measurement->is_counting) {
    if (now >= measurement->ends_ns) end(measurement, now);
  } else if (now >= measurement->begins_ns) {
    begin(measurement, now);
  }
}

void measurement_filled(struct measurement *measurement, uint64_t now) {
  if (measurement->is_over) return;
  measurement->is_filled = true;
  end(measurement, now);
}

static uint32_t bucket_of(uint64_t latency_ns) {
  if (latency_ns < LATENCY_STEPS) return (uint32_t)latency_ns;
  const uint32_t exponent = 63 - (uint32_t)__builtin_clzll(latency_ns);
  return (exponent - 4) * LATENCY_STEPS + (uint32_t)(latency_ns >> (exponent - 5)) - LATENCY_STEPS;
}

// The least latency that falls into a bucket: the inverse of bucket_of.
static double bucket_floor_ns(uint32_t bucket) {
  if (bucket < LATENCY_STEPS) return bucket;
  return (double)((uint64_t)(LATENCY_STEPS + bucket % LATENCY_STEPS) << (bucket / LATENCY_STEPS - 1));
}

void measurement_answer(struct measurement *measurement, uint64_t latency_ns, uint32_t peers) {
  if (!measurement->is_counting) return;
  measurement->outcomes[OUTCOME_ANSWERED]++;
  measurement->peers += peers;
  measurement->latencies[bucket_of(latency_ns)]++;
}

void measurement_fail(struct measurement *measurement, enum outcome outcome) {
  if (measurement->is_counting) measurement->outcomes[outcome]++;
}

static double latency_us(const struct measurement *measurement, double share) {
  const double rank = share * (double)measurement->outcomes[OUTCOME_ANSWERED];
  uint64_t seen = 0;
  for (uint32_t bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
    seen += measurement->latencies[bucket];
    if (seen > 0 && (double)seen >= rank) return bucket_floor_ns(bucket) / 1000;
  }
  return 0;
}

void measurement_print(const struct measurement *measurement) {
  const uint64_t *outcomes = measurement->outcomes;
  printf("{\"seconds\":%.6f,\"isFilled\":%s,", (double)(measurement->ends_ns - measurement->begins_ns) / 1e9,
         measurement->is_filled ? "true" : "false");
  printf("\"answers\":%" PRIu64 ",\"peers\":%" PRIu64 ",", outcomes[OUTCOME_ANSWERED], measurement->peers);
  printf("\"refused\":%" PRIu64 ",\"malformed\":%" PRIu64 ",\"broken\":%" PRIu64 ",\"lost\":%" PRIu64 ",",
         outcomes[OUTCOME_REFUSED], outcomes[OUTCOME_MALFORMED], outcomes[OUTCOME_BROKEN], outcomes[OUTCOME_LOST]);
  printf("\"p50Us\":%.1f,\"p99Us\":%.1f,", latency_us(measurement, 0.50), latency_us(measurement, 0.99));
  printf("\"serverCpuSeconds\":%.2f,\"loadCpuSeconds\":%.3f}\n", measurement->server_cpu_seconds,
         measurement->load_cpu_seconds);
}
