// A UDP socket that takes and answers datagrams in batches: recvmmsg into one buffer, one call of JavaScript, sendmmsg out
// of another. JavaScript owns the buffers and knows the protocol; this file owns the socket. See udp-batch.ts.
#define _GNU_SOURCE
#include "libuv.h"

#include <errno.h>
#include <netinet/in.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_BATCH = 64, IPV4_BYTES = 4, IPV6_BYTES = 16 };

/** What JavaScript and C tell each other about one datagram; SLOT_WORDS in udp-batch.ts. */
struct slot {
  int32_t request_bytes;
  /** 0: no answer. */
  int32_t answer_bytes;
  uint8_t address[IPV6_BYTES];
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

struct batch {
  /** Held by JavaScript and by the loop. */
  int holders;
  int fd;
  int events;
  bool is_closing;
  napi_env env;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  napi_ref buffers;
  napi_ref on_requests;
  uv_poll_t *poll;
  unsigned capacity;
  struct slot *slots;
  uint8_t *output;
  size_t output_bytes;
  union address sources[MAX_BATCH];
  struct iovec request_parts[MAX_BATCH];
  struct iovec answer_parts[MAX_BATCH];
  struct mmsghdr requests[MAX_BATCH];
  struct mmsghdr answers[MAX_BATCH];
  /** Of `answers`; those before `sent` have left. */
  unsigned answer_count;
  unsigned sent;
};

static void release(struct batch *batch) {
  if (--batch->holders > 0) return;
  free(batch->poll);
  free(batch);
}

static void on_closed(uv_handle_t *handle) {
  struct batch *batch = uv_handle_get_data(handle);
  napi_delete_reference(batch->env, batch->on_requests);
  napi_delete_reference(batch->env, batch->buffers);
  napi_async_destroy(batch->env, batch->context);
  napi_remove_async_cleanup_hook(batch->cleanup);
  release(batch);
}

static void close_batch(struct batch *batch) {
  if (batch->is_closing) return;
  batch->is_closing = true;
  uv_close((uv_handle_t *)batch->poll, on_closed);
  close(batch->fd);
  batch->fd = -1;
}

/** The environment ends, with a worker or the process, before JavaScript closed the socket. */
static void on_cleanup(napi_async_cleanup_hook_handle handle, void *batch) {
  (void)handle;
  close_batch(batch);
}

static void on_event(uv_poll_t *handle, int status, int events);

static void wait_for(struct batch *batch, int events) {
  if (batch->events == events) return;
  batch->events = events;
  uv_poll_start(batch->poll, events, on_event);
}

/** Sends what is left; when the kernel takes no more, waits for it before any further request is read. */
static void send_answers(struct batch *batch) {
  while (batch->sent < batch->answer_count) {
    const unsigned left = batch->answer_count - batch->sent;
    const int sent = sendmmsg(batch->fd, batch->answers + batch->sent, left, MSG_DONTWAIT);
    if (sent > 0) batch->sent += (unsigned)sent;
    else if (errno == EAGAIN) return wait_for(batch, UV_WRITABLE);
    else if (errno != EINTR) batch->sent++;  // nobody can be reached there: lost, as on the way
  }
  wait_for(batch, UV_READABLE);
}

/** Tells JavaScript of the first `count` slots; false when it threw or closed the socket. */
static bool call_back(struct batch *batch, int count) {
  const napi_env env = batch->env;
  napi_handle_scope scope;
  napi_value receiver;
  napi_value function;
  napi_value argument;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return false;
  napi_get_global(env, &receiver);
  napi_get_reference_value(env, batch->on_requests, &function);
  napi_create_int32(env, count, &argument);
  const napi_status status = napi_make_callback(env, batch->context, receiver, function, 1, &argument, NULL);
  napi_value error;
  if (status == napi_pending_exception && napi_get_and_clear_last_exception(env, &error) == napi_ok)
    napi_fatal_exception(env, error);
  napi_close_handle_scope(env, scope);
  return status == napi_ok && !batch->is_closing;
}

static void read_source(const union address *source, uint8_t *address) {
  if (source->any.sa_family == AF_INET) memcpy(address, &source->v4.sin_addr, IPV4_BYTES);
  else memcpy(address, &source->v6.sin6_addr, IPV6_BYTES);
}

static void collect_answers(struct batch *batch, int count) {
  batch->answer_count = 0;
  batch->sent = 0;
  for (int i = 0; i < count; i++) {
    const int32_t length = batch->slots[i].answer_bytes;
    if (length <= 0 || (size_t)length > batch->output_bytes) continue;
    const unsigned n = batch->answer_count++;
    batch->answer_parts[n] = (struct iovec){batch->output + (size_t)i * batch->output_bytes, (size_t)length};
    batch->answers[n].msg_hdr = (struct msghdr){
        .msg_name = batch->sources + i,
        .msg_namelen = batch->requests[i].msg_hdr.msg_namelen,
        .msg_iov = batch->answer_parts + n,
        .msg_iovlen = 1,
    };
  }
}

static void receive(struct batch *batch) {
  for (unsigned i = 0; i < batch->capacity; i++) batch->requests[i].msg_hdr.msg_namelen = sizeof *batch->sources;
  const int count = recvmmsg(batch->fd, batch->requests, batch->capacity, MSG_DONTWAIT, NULL);
  if (count <= 0) return;  // not ready after all, or an error that concerns an earlier answer
  for (int i = 0; i < count; i++) {
    batch->slots[i].request_bytes = (int32_t)batch->requests[i].msg_len;
    read_source(batch->sources + i, batch->slots[i].address);
  }
  if (!call_back(batch, count)) return;
  collect_answers(batch, count);
  send_answers(batch);
}

static void on_event(uv_poll_t *handle, int status, int events) {
  struct batch *batch = uv_handle_get_data((uv_handle_t *)handle);
  (void)status;  // an error shows in the next call
  if ((events & UV_WRITABLE) != 0) send_answers(batch);
  else receive(batch);
}

static void point_at_input(struct batch *batch, struct bytes input) {
  const size_t bytes = input.length / batch->capacity;
  for (unsigned i = 0; i < batch->capacity; i++) {
    batch->request_parts[i] = (struct iovec){input.data + i * bytes, bytes};
    batch->requests[i].msg_hdr = (struct msghdr){
        .msg_name = batch->sources + i, .msg_iov = batch->request_parts + i, .msg_iovlen = 1};
  }
}

static napi_value throw_errno(napi_env env, const char *call) {
  napi_throw_error(env, uv_err_name(-errno), call);
  return NULL;
}

/** A bound socket, or -1 and errno. */
static int open_socket(struct bytes host, uint32_t port, int receive_buffer_bytes) {
  const bool is_v6 = host.length == IPV6_BYTES;
  union address address = {.any.sa_family = is_v6 ? AF_INET6 : AF_INET};
  if (is_v6) {
    memcpy(&address.v6.sin6_addr, host.data, IPV6_BYTES);
    address.v6.sin6_port = htons((uint16_t)port);
  } else {
    memcpy(&address.v4.sin_addr, host.data, IPV4_BYTES);
    address.v4.sin_port = htons((uint16_t)port);
  }
  const int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  if ((is_v6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) < 0) ||
      bind(fd, &address.any, is_v6 ? sizeof address.v6 : sizeof address.v4) < 0) {
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

static struct bytes read_bytes(napi_env env, napi_value value) {
  struct bytes bytes = {NULL, 0};
  napi_get_typedarray_info(env, value, NULL, &bytes.length, (void **)&bytes.data, NULL, NULL);
  return bytes;
}

static void on_finalized(napi_env env, void *batch, void *hint) {
  (void)env;
  (void)hint;
  release(batch);
}

/** Makes the batch of an open socket; NULL without memory, the socket still open. */
static struct batch *create_batch(napi_env env, int fd, struct bytes input, struct bytes output, struct bytes slots) {
  struct batch *batch = calloc(1, sizeof *batch);
  uv_poll_t *poll = malloc(uv_handle_size(UV_POLL));
  uv_loop_t *loop;
  if (batch == NULL || poll == NULL || napi_get_uv_event_loop(env, &loop) != napi_ok ||
      uv_poll_init(loop, poll, fd) != 0) {
    free(batch);
    free(poll);
    return NULL;
  }
  batch->env = env;
  batch->fd = fd;
  batch->poll = poll;
  batch->holders = 2;
  batch->capacity = (unsigned)(slots.length / sizeof(struct slot));
  batch->slots = (struct slot *)slots.data;
  batch->output = output.data;
  batch->output_bytes = output.length / batch->capacity;
  point_at_input(batch, input);
  uv_handle_set_data((uv_handle_t *)poll, batch);
  return batch;
}

/** open(host: 4 or 16 bytes, port, receiveBufferBytes, [input, output, slots], onRequests): handle */
static napi_value open_batch(napi_env env, napi_callback_info info) {
  size_t count = 5;
  napi_value arguments[5];
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  struct bytes buffers[3];
  for (uint32_t i = 0; i < 3; i++) {
    napi_value buffer;
    if (napi_get_element(env, arguments[3], i, &buffer) != napi_ok) return NULL;
    buffers[i] = read_bytes(env, buffer);
  }
  const struct bytes host = read_bytes(env, arguments[0]);
  const size_t capacity = buffers[2].length / sizeof(struct slot);
  if ((host.length != IPV4_BYTES && host.length != IPV6_BYTES) || capacity < 1 || capacity > MAX_BATCH) {
    napi_throw_range_error(env, NULL, "host or slots of a wrong length");
    return NULL;
  }
  uint32_t port = 0;
  int32_t receive_buffer_bytes = 0;
  napi_get_value_uint32(env, arguments[1], &port);
  napi_get_value_int32(env, arguments[2], &receive_buffer_bytes);
  const int fd = open_socket(host, port, receive_buffer_bytes);
  if (fd < 0) return throw_errno(env, "bind");
  struct batch *batch = create_batch(env, fd, buffers[0], buffers[1], buffers[2]);
  if (batch == NULL) {
    close(fd);
    errno = ENOMEM;
    return throw_errno(env, "open");
  }
  napi_value name;
  napi_value handle;
  napi_create_string_utf8(env, "UDP_BATCH", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, NULL, name, &batch->context);
  napi_create_reference(env, arguments[3], 1, &batch->buffers);
  napi_create_reference(env, arguments[4], 1, &batch->on_requests);
  napi_add_async_cleanup_hook(env, on_cleanup, batch, &batch->cleanup);
  napi_create_external(env, batch, on_finalized, NULL, &handle);
  wait_for(batch, UV_READABLE);
  return handle;
}

static struct batch *read_batch(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  void *batch = NULL;
  napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
  napi_get_value_external(env, argument, &batch);
  return batch;
}

/** port(handle): the port that the socket is bound to. */
static napi_value port_of(napi_env env, napi_callback_info info) {
  const struct batch *batch = read_batch(env, info);
  union address address;
  socklen_t length = sizeof address;
  napi_value port;
  if (batch == NULL || getsockname(batch->fd, &address.any, &length) < 0) return throw_errno(env, "getsockname");
  napi_create_uint32(env, ntohs(address.v4.sin_port), &port);  // at the same place in both families
  return port;
}

/** close(handle): no callback comes after it. */
static napi_value close_handle(napi_env env, napi_callback_info info) {
  struct batch *batch = read_batch(env, info);
  if (batch != NULL) close_batch(batch);
  return NULL;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"open", NULL, open_batch, NULL, NULL, NULL, napi_enumerable, NULL},
      {"port", NULL, port_of, NULL, NULL, NULL, napi_enumerable, NULL},
      {"close", NULL, close_handle, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}
