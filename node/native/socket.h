// A socket whose requests and answers go in batches: gather as many requests as wait, call JavaScript once, scatter the
// answers. It lives in the loop of Node.js, or in a thread of its own that meets JavaScript only for that call.
#pragma once
#include "libuv.h"

#include <netinet/in.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

enum { MAX_BATCH = 64, IPV4_BYTES = 4, IPV6_BYTES = 16 };

/** Functions of JavaScript, by their place in what it passes. */
enum { ON_REQUESTS, ON_UNSENT };

enum outcome {
  ALL_SENT,
  /** The kernel takes no more: scatter again when it does. */
  BLOCKED,
  /** JavaScript is to take over what is left. */
  UNSENT,
};

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

struct bytes {
  uint8_t *data;
  size_t length;
};

struct batch_socket;

/** What makes a kind of socket. Nothing of it blocks; where there is a thread, it runs there. */
struct kind {
  size_t size;
  size_t slot_bytes;
  int type;
  /** Switched on before it is bound. */
  int level;
  int option;
  /** Makes the bound socket ready, with a number from JavaScript: what becomes readable when there are requests, or -1 and errno. */
  int (*prepare)(int fd, int32_t number);
  /** Fills slots and empties their answers; how many. */
  int (*gather)(struct batch_socket *socket);
  enum outcome (*scatter)(struct batch_socket *socket, int count);
  /** Lets go of requests that nobody will answer. */
  void (*abandon)(struct batch_socket *socket, int count);
};

/** The meeting of a thread with JavaScript; see thread.c. */
struct thread;

/** The first member of what each kind needs. It frees itself once it is closed and JavaScript has let go of the handle. */
struct batch_socket {
  const struct kind *kind;
  /** -1 once it is closed. */
  int fd;
  /** Readable when there are requests: `fd`, or a set that it is in. */
  int ready_fd;
  unsigned capacity;
  struct bytes input;
  struct bytes output;
  void *slots;

  /** JavaScript and each handle of the loop. */
  int holders;
  bool is_calling;
  bool is_to_close;
  bool is_closed;
  napi_env env;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  /** An array of buffers, which must stay where they are, and one of functions. */
  napi_ref buffers;
  napi_ref functions;
  /** A uv_poll_t; where there is a thread, a uv_async_t. */
  uv_handle_t *handle;
  struct thread *thread;
  /** Before the handles are closed, where more than those has to end; answers what was asked. */
  void (*stop)(struct batch_socket *socket);
  /** Without a thread: a uv_idle_t, what the loop waits for (0: it asks in every turn), and how many requests are being answered. */
  uv_handle_t *turns;
  int events;
  int count;
};

extern const struct kind udp_kind;
extern const struct kind tcp_kind;

/** Calls a function of JavaScript with a count. */
void call_back(struct batch_socket *socket, uint32_t function, int count);

/** From within its own function it is closed at the end of that. */
void close_socket(struct batch_socket *socket);

/** One hold less. */
void release(struct batch_socket *socket);

/** Begins a life in the loop; false when that is not to be had. */
bool start_in_loop(struct batch_socket *socket, uv_loop_t *loop);

/** Begins a life in a thread; false when that is not to be had. */
bool start_in_thread(struct batch_socket *socket, uv_loop_t *loop);
