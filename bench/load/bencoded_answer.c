#include "bencoded_answer.h"

#include <string.h>

enum { COMPACT_IPV4_BYTES = 6, MAX_DEPTH = 4 };

struct text {
  const char *start;
  size_t length;
};

// Reads `4:spam` at `at`; NULL when it is not a whole string, else what follows.
static const char *read_string(const char *at, const char *end, struct text *text) {
  size_t length = 0;
  const char *digits = at;
  while (at < end && *at >= '0' && *at <= '9' && at - digits < 6) length = length * 10 + (size_t)(*at++ - '0');
  if (at == digits || at == end || *at != ':') return NULL;
  at++;
  if ((size_t)(end - at) < length) return NULL;
  *text = (struct text){at, length};
  return at + length;
}

static const char *skip_integer(const char *at, const char *end) {
  const char *digits = ++at;
  if (at < end && *at == '-') digits = ++at;
  while (at < end && *at >= '0' && *at <= '9') at++;
  return at == digits || at == end || *at != 'e' ? NULL : at + 1;
}

static const char *skip_value(const char *at, const char *end, int depth) {
  struct text ignored;
  if (at == NULL || at == end || depth > MAX_DEPTH) return NULL;
  if (*at == 'i') return skip_integer(at, end);
  if (*at != 'l' && *at != 'd') return read_string(at, end, &ignored);
  const bool is_dictionary = *at++ == 'd';
  while (at != NULL && at < end && *at != 'e') {
    if (is_dictionary) at = read_string(at, end, &ignored);
    at = skip_value(at, end, depth + 1);
  }
  return at == NULL || at == end ? NULL : at + 1;
}

static bool is_key(struct text key, const char *name) {
  return key.length == strlen(name) && memcmp(key.start, name, key.length) == 0;
}

enum outcome read_bencoded_answer(const char *body, size_t length, uint32_t max_peers, uint32_t *peers) {
  const char *const end = body + length;
  const char *at = body + 1;
  struct text compact = {NULL, 0};
  bool is_refusal = false;
  bool has_interval = false;
  if (length < 2 || *body != 'd') return OUTCOME_MALFORMED;
  while (at < end && *at != 'e') {
    struct text key;
    at = read_string(at, end, &key);
    if (at == NULL) return OUTCOME_MALFORMED;
    if (is_key(key, "peers") && read_string(at, end, &compact) == NULL) return OUTCOME_MALFORMED;
    is_refusal |= is_key(key, "failure reason");
    has_interval |= is_key(key, "interval");
    at = skip_value(at, end, 0);
    if (at == NULL) return OUTCOME_MALFORMED;
  }
  if (at + 1 != end) return OUTCOME_MALFORMED;
  if (is_refusal) return OUTCOME_REFUSED;
  *peers = (uint32_t)(compact.length / COMPACT_IPV4_BYTES);
  const bool is_whole = compact.start != NULL && compact.length % COMPACT_IPV4_BYTES == 0;
  return is_whole && has_interval && *peers <= max_peers ? OUTCOME_ANSWERED : OUTCOME_MALFORMED;
}
