#include "options.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const MODE_NAMES[] = {"udp", "udp-connect", "http", "keep-alive"};
static const char *const QUESTION_NAMES[] = {"announce", "redirect", "lookup"};

static void refuse(const char *flag, const char *why) {
  fprintf(stderr, "load: %s: %s\n", flag, why);
  exit(2);
}

static uint32_t read_number(const char *flag, const char *text, uint32_t min, uint32_t max) {
  char *end;
  const unsigned long long value = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0' || value < min || value > max) refuse(flag, "number out of range");
  return (uint32_t)value;
}

static enum mode read_mode(const char *flag, const char *text) {
  for (int mode = MODE_UDP; mode <= MODE_KEEPALIVE; mode++)
    if (strcmp(text, MODE_NAMES[mode]) == 0) return (enum mode)mode;
  refuse(flag, "must be udp, udp-connect, http or keep-alive");
  return MODE_UDP;
}

static enum question read_question(const char *flag, const char *text) {
  for (int question = QUESTION_ANNOUNCE; question <= QUESTION_LOOKUP; question++)
    if (strcmp(text, QUESTION_NAMES[question]) == 0) return (enum question)question;
  refuse(flag, "must be announce, redirect or lookup");
  return QUESTION_ANNOUNCE;
}

static bool read_switch(struct options *options, const char *flag) {
  if (strcmp(flag, "--fill") == 0) return options->is_fill = true;
  if (strcmp(flag, "--list-hashes") == 0) return options->lists_hashes = true;
  return false;
}

static void read_pair(struct options *options, const char *flag, const char *text) {
  if (strcmp(flag, "--mode") == 0) options->mode = read_mode(flag, text);
  else if (strcmp(flag, "--question") == 0) options->question = read_question(flag, text);
  else if (strcmp(flag, "--port") == 0) options->server.sin_port = htons((uint16_t)read_number(flag, text, 1, 65535));
  else if (strcmp(flag, "--torrents") == 0) options->torrents = read_number(flag, text, 1, 10000000);
  else if (strcmp(flag, "--peers") == 0) options->peers = read_number(flag, text, 1, 100000);
  else if (strcmp(flag, "--numwant") == 0) options->numwant = read_number(flag, text, 0, MAX_NUMWANT);
  else if (strcmp(flag, "--in-flight") == 0) options->in_flight = read_number(flag, text, 1, MAX_IN_FLIGHT);
  else if (strcmp(flag, "--sources") == 0) options->sources = read_number(flag, text, 1, MAX_SOURCES);
  else if (strcmp(flag, "--warm-up-ms") == 0) options->warm_up_ms = read_number(flag, text, 0, 600000);
  else if (strcmp(flag, "--limit-ms") == 0) options->limit_ms = read_number(flag, text, 1, 3600000);
  else if (strcmp(flag, "--server-pid") == 0) options->server_pid = read_number(flag, text, 1, INT32_MAX);
  else if (strcmp(flag, "--seed") == 0) options->seed = read_number(flag, text, 0, UINT32_MAX);
  else refuse(flag, "unknown flag");
}

struct options read_options(int count, char **arguments) {
  struct options options = {
      .torrents = 1000,
      .peers = 50,
      .numwant = 50,
      .in_flight = 100,
      .sources = 10,
      .limit_ms = 1000,
      .seed = 1,
      .server = {.sin_family = AF_INET, .sin_port = htons(6969), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
  };
  for (int i = 1; i < count; i++) {
    if (read_switch(&options, arguments[i])) continue;
    if (i + 1 == count) refuse(arguments[i], "needs a value");
    read_pair(&options, arguments[i], arguments[i + 1]);
    i++;
  }
  if (options.in_flight < options.sources) refuse("--in-flight", "must be at least the number of sources");
  return options;
}
