#include "poller.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void release(struct poller *poller) {
  if (--poller->holders > 0) return;
  free(poller->handle);
  free(poller);
}

static void on_closed(uv_handle_t *handle) {
  struct poller *poller = uv_handle_get_data(handle);
  napi_delete_reference(poller->env, poller->functions);
  napi_delete_reference(poller->env, poller->buffers);
  napi_async_destroy(poller->env, poller->context);
  napi_remove_async_cleanup_hook(poller->cleanup);
  release(poller);
}

static void poller_close(struct poller *poller) {
  if (poller->fd < 0) return;
  uv_close((uv_handle_t *)poller->handle, on_closed);
  close(poller->fd);
  poller->fd = -1;
}

/** The environment ends, with a worker or the process, before JavaScript closed the socket. */
static void on_cleanup(napi_async_cleanup_hook_handle handle, void *poller) {
  (void)handle;
  poller_close(poller);
}

static void on_finalized(napi_env env, void *poller, void *hint) {
  (void)env;
  (void)hint;
  release(poller);
}

static void on_event(uv_poll_t *handle, int status, int events) {
  struct poller *poller = uv_handle_get_data((uv_handle_t *)handle);
  (void)status;  // an error shows in the next call
  poller->on_event(poller, events);
}

void poller_wait_for(struct poller *poller, int events) {
  if (poller->events == events || poller->fd < 0) return;
  poller->events = events;
  uv_poll_start(poller->handle, events, on_event);
}

bool poller_call(struct poller *poller, uint32_t function, int count) {
  const napi_env env = poller->env;
  napi_handle_scope scope;
  napi_value functions;
  napi_value called;
  napi_value argument;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return false;
  napi_get_reference_value(env, poller->functions, &functions);
  napi_get_element(env, functions, function, &called);
  napi_create_int32(env, count, &argument);
  const napi_status status = napi_make_callback(env, poller->context, functions, called, 1, &argument, NULL);
  napi_value error;
  if (status == napi_pending_exception && napi_get_and_clear_last_exception(env, &error) == napi_ok)
    napi_fatal_exception(env, error);
  napi_close_handle_scope(env, scope);
  return status == napi_ok;
}

napi_value throw_errno(napi_env env, const char *call) {
  napi_throw_error(env, uv_err_name(-errno), call);
  return NULL;
}

static struct bytes read_bytes(napi_env env, napi_value value) {
  struct bytes bytes = {NULL, 0};
  napi_get_typedarray_info(env, value, NULL, &bytes.length, (void **)&bytes.data, NULL, NULL);
  return bytes;
}

static bool read_address(struct bytes host, uint32_t port, union address *address) {
  if (host.length == IPV6_BYTES) {
    address->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    memcpy(&address->v6.sin6_addr, host.data, IPV6_BYTES);
  } else if (host.length == IPV4_BYTES) {
    address->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    memcpy(&address->v4.sin_addr, host.data, IPV4_BYTES);
  }
  return host.length == IPV6_BYTES || host.length == IPV4_BYTES;
}

bool read_opening(napi_env env, napi_callback_info info, struct opening *opening) {
  size_t count = 5;
  napi_value arguments[5];
  uint32_t port = 0;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  napi_get_value_uint32(env, arguments[1], &port);
  napi_get_value_int32(env, arguments[2], &opening->number);
  opening->buffer_list = arguments[3];
  opening->function_list = arguments[4];
  for (uint32_t i = 0; i < 3; i++) {
    napi_value buffer;
    if (napi_get_element(env, arguments[3], i, &buffer) != napi_ok) return false;
    opening->buffers[i] = read_bytes(env, buffer);
  }
  if (read_address(read_bytes(env, arguments[0]), port, &opening->address)) return true;
  napi_throw_range_error(env, NULL, "an address has 4 or 16 bytes");
  return false;
}

int open_bound(const struct opening *opening, int type, int level, int option) {
  const union address *address = &opening->address;
  const int fd = socket(address->any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int yes = 1;
  setsockopt(fd, level, option, &yes, sizeof yes);
  const socklen_t length = address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
  if (bind(fd, &address->any, length) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

struct poller *poller_create(napi_env env, size_t size, int fd, void (*on_event)(struct poller *, int)) {
  struct poller *poller = calloc(1, size);
  uv_poll_t *handle = malloc(uv_handle_size(UV_POLL));
  uv_loop_t *loop;
  if (poller == NULL || handle == NULL || napi_get_uv_event_loop(env, &loop) != napi_ok ||
      uv_poll_init(loop, handle, fd) != 0) {
    free(poller);
    free(handle);
    close(fd);
    errno = ENOMEM;
    throw_errno(env, "watch");
    return NULL;
  }
  *poller = (struct poller){.holders = 2, .fd = fd, .on_event = on_event, .env = env, .handle = handle};
  uv_handle_set_data((uv_handle_t *)handle, poller);
  return poller;
}

napi_value poller_start(struct poller *poller, const struct opening *opening) {
  const napi_env env = poller->env;
  napi_value name;
  napi_value handle;
  napi_create_string_utf8(env, "SOCKET_BATCH", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, NULL, name, &poller->context);
  napi_create_reference(env, opening->buffer_list, 1, &poller->buffers);
  napi_create_reference(env, opening->function_list, 1, &poller->functions);
  napi_add_async_cleanup_hook(env, on_cleanup, poller, &poller->cleanup);
  napi_create_external(env, poller, on_finalized, NULL, &handle);
  poller_wait_for(poller, UV_READABLE);
  return handle;
}

static struct poller *read_poller(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  void *poller = NULL;
  napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
  napi_get_value_external(env, argument, &poller);
  return poller;
}

/** port(handle): the port that the socket is bound to. */
static napi_value port_of(napi_env env, napi_callback_info info) {
  const struct poller *poller = read_poller(env, info);
  union address address;
  socklen_t length = sizeof address;
  napi_value port;
  if (poller == NULL || getsockname(poller->fd, &address.any, &length) < 0) return throw_errno(env, "getsockname");
  napi_create_uint32(env, ntohs(address.v4.sin_port), &port);  // at the same place in both families
  return port;
}

/** close(handle): no function is called after it. */
static napi_value close_socket(napi_env env, napi_callback_info info) {
  struct poller *poller = read_poller(env, info);
  if (poller != NULL) poller_close(poller);
  return NULL;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"openUdp", NULL, open_udp, NULL, NULL, NULL, napi_enumerable, NULL},
      {"openTcp", NULL, open_tcp, NULL, NULL, NULL, napi_enumerable, NULL},
      {"port", NULL, port_of, NULL, NULL, NULL, napi_enumerable, NULL},
      {"close", NULL, close_socket, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}
