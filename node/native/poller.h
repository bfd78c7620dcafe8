// A socket in the loop of Node.js, and the functions of JavaScript that are called about it: what both kinds of socket have
// in common. It frees itself once the socket is closed and JavaScript has let go of the handle.
#pragma once
#include "libuv.h"

#include <netinet/in.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

enum { MAX_BATCH = 64, IPV4_BYTES = 4, IPV6_BYTES = 16 };

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

struct bytes {
  uint8_t *data;
  size_t length;
};

/** The first member of what it serves. */
struct poller {
  /** The loop and JavaScript. */
  int holders;
  /** -1 once it is closed. */
  int fd;
  int events;
  void (*on_event)(struct poller *poller, int events);
  napi_env env;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  /** An array of buffers, which must stay where they are. */
  napi_ref buffers;
  /** An array of functions. */
  napi_ref functions;
  uv_poll_t *handle;
};

/** What JavaScript passes when it opens a socket: host of 4 or 16 bytes, port, a number, buffers, functions. */
struct opening {
  union address address;
  int32_t number;
  struct bytes buffers[3];
  napi_value buffer_list;
  napi_value function_list;
};

/** False when it has thrown. */
bool read_opening(napi_env env, napi_callback_info info, struct opening *opening);

/** A socket that is bound to the address, or -1 and errno. `option` is switched on for level `level`. */
int open_bound(const struct opening *opening, int type, int level, int option);

/** Watches `fd` for reading with a poller of `size` bytes, zeroed but for the members above; NULL when it has thrown, `fd` closed. */
struct poller *poller_create(napi_env env, size_t size, int fd, void (*on_event)(struct poller *, int));

/** The handle for JavaScript; from now on events come. */
napi_value poller_start(struct poller *poller, const struct opening *opening);

void poller_wait_for(struct poller *poller, int events);

/** Calls the function with this index and a count; false when it threw. */
bool poller_call(struct poller *poller, uint32_t function, int count);

napi_value throw_errno(napi_env env, const char *call);

napi_value open_udp(napi_env env, napi_callback_info info);
napi_value open_tcp(napi_env env, napi_callback_info info);
