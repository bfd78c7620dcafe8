// What JavaScript sees of batch sockets: opening, the port, closing.
#define _GNU_SOURCE
#include "memory.h"
#include "socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/** What JavaScript passes and reads, the slots too: one more with each change of it, as in addon.ts. */
enum { INTERFACE = 1 };

/** What JavaScript passes to open one. */
enum { HOST, PORT, NUMBER, BUFFERS, FUNCTIONS, HAS_THREAD, ARGUMENTS };

/** The environment ends, with a worker or the process, before JavaScript closed the socket. */
static void on_cleanup(napi_async_cleanup_hook_handle handle, void *socket) {
  (void)handle;
  close_socket(socket);
}

static void on_finalized(napi_env env, void *socket, void *hint) {
  (void)env;
  (void)hint;
  release(socket);
}

static napi_value throw_errno(napi_env env, const char *call) {
  napi_throw_error(env, uv_err_name(-errno), call);
  return NULL;
}

static struct bytes read_bytes(napi_env env, napi_value value) {
  struct bytes bytes = {NULL, 0};
  napi_get_typedarray_info(env, value, NULL, &bytes.length, (void **)&bytes.data, NULL, NULL);
  return bytes;
}

static bool read_address(napi_env env, const napi_value *arguments, union address *address) {
  const struct bytes host = read_bytes(env, arguments[HOST]);
  uint32_t port = 0;
  napi_get_value_uint32(env, arguments[PORT], &port);
  if (host.length == IPV6_BYTES) {
    address->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    memcpy(&address->v6.sin6_addr, host.data, IPV6_BYTES);
  } else if (host.length == IPV4_BYTES) {
    address->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    memcpy(&address->v4.sin_addr, host.data, IPV4_BYTES);
  }
  return host.length == IPV6_BYTES || host.length == IPV4_BYTES;
}

static bool read_buffers(struct batch_socket *socket, napi_value list) {
  struct bytes buffers[3];
  for (uint32_t i = 0; i < 3; i++) {
    napi_value buffer;
    if (napi_get_element(socket->env, list, i, &buffer) != napi_ok) return false;
    buffers[i] = read_bytes(socket->env, buffer);
  }
  socket->input = buffers[0];
  socket->output = buffers[1];
  socket->slots = buffers[2].data;
  socket->capacity = (unsigned)(buffers[2].length / socket->kind->slot_bytes);
  return socket->capacity >= 1 && socket->capacity <= MAX_BATCH;
}

/** Binds and makes ready, or returns false with errno; where there is a thread, others may be bound to the same address. */
static bool open_bound(struct batch_socket *base, const union address *address, int32_t number, bool has_thread) {
  const struct kind *kind = base->kind;
  const int fd = socket(address->any.sa_family, kind->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int yes = 1;
  setsockopt(fd, kind->level, kind->option, &yes, sizeof yes);
  if (has_thread) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  const socklen_t length = address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
  base->fd = fd;
  base->ready_fd = bind(fd, &address->any, length) == 0 ? kind->prepare(fd, number) : -1;
  if (base->ready_fd >= 0) return true;
  const int error = errno;
  close(fd);
  errno = error;
  return false;
}

static bool start(struct batch_socket *socket, bool has_thread) {
  uv_loop_t *loop;
  if (napi_get_uv_event_loop(socket->env, &loop) != napi_ok) return false;
  return has_thread ? start_in_thread(socket, loop) : start_in_loop(socket, loop);
}

static napi_value hold(struct batch_socket *socket, const napi_value *arguments) {
  const napi_env env = socket->env;
  napi_value name;
  napi_value handle;
  socket->holders = socket->turns == NULL ? 2 : 3;
  napi_create_string_utf8(env, "BATCH_SOCKET", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, NULL, name, &socket->context);
  napi_create_reference(env, arguments[BUFFERS], 1, &socket->buffers);
  napi_create_reference(env, arguments[FUNCTIONS], 1, &socket->functions);
  napi_add_async_cleanup_hook(env, on_cleanup, socket, &socket->cleanup);
  napi_create_external(env, socket, on_finalized, NULL, &handle);
  return handle;
}

/** open(host, port, number, [input, output, slots], functions, hasThread): handle */
static napi_value open_kind(const struct kind *kind, napi_env env, napi_callback_info info) {
  size_t count = ARGUMENTS;
  napi_value arguments[ARGUMENTS];
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  struct batch_socket *socket = calloc(1, kind->size);
  if (socket == NULL) return throw_errno(env, "calloc");
  socket->kind = kind;
  socket->env = env;
  union address address;
  if (!read_address(env, arguments, &address) || !read_buffers(socket, arguments[BUFFERS])) {
    free(socket);
    napi_throw_range_error(env, NULL, "a host has 4 or 16 bytes, a batch 1 to 64 slots");
    return NULL;
  }
  int32_t number = 0;
  bool has_thread = false;
  napi_get_value_int32(env, arguments[NUMBER], &number);
  napi_get_value_bool(env, arguments[HAS_THREAD], &has_thread);
  if (!open_bound(socket, &address, number, has_thread)) {
    free(socket);
    return throw_errno(env, "bind");
  }
  if (!start(socket, has_thread)) {
    if (socket->ready_fd != socket->fd) close(socket->ready_fd);
    close(socket->fd);
    free(socket);
    errno = ENOMEM;
    return throw_errno(env, "start");
  }
  return hold(socket, arguments);
}

static napi_value open_udp(napi_env env, napi_callback_info info) { return open_kind(&udp_kind, env, info); }

static napi_value open_tcp(napi_env env, napi_callback_info info) { return open_kind(&tcp_kind, env, info); }

static struct batch_socket *read_handle(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  void *socket = NULL;
  napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
  napi_get_value_external(env, argument, &socket);
  return socket;
}

/** port(handle): the port that the socket is bound to. */
static napi_value port_of(napi_env env, napi_callback_info info) {
  const struct batch_socket *socket = read_handle(env, info);
  union address address;
  socklen_t length = sizeof address;
  napi_value port;
  if (socket == NULL || getsockname(socket->fd, &address.any, &length) < 0) return throw_errno(env, "getsockname");
  napi_create_uint32(env, ntohs(address.v4.sin_port), &port);  // at the same place in both families
  return port;
}

/** close(handle) */
static napi_value close_handle(napi_env env, napi_callback_info info) {
  struct batch_socket *socket = read_handle(env, info);
  if (socket != NULL) close_socket(socket);
  return NULL;
}

/** hangUp(descriptor): ends a connection in both directions, which shows as a request of no bytes. */
static napi_value hang_up(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  int32_t fd = -1;
  napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
  napi_get_value_int32(env, argument, &fd);
  shutdown(fd, SHUT_RDWR);
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value interface;
  napi_create_uint32(env, INTERFACE, &interface);
  const napi_property_descriptor properties[] = {
      {"interface", NULL, NULL, NULL, NULL, interface, napi_enumerable, NULL},
      {"openUdp", NULL, open_udp, NULL, NULL, NULL, napi_enumerable, NULL},
      {"openTcp", NULL, open_tcp, NULL, NULL, NULL, napi_enumerable, NULL},
      {"port", NULL, port_of, NULL, NULL, NULL, napi_enumerable, NULL},
      {"hangUp", NULL, hang_up, NULL, NULL, NULL, napi_enumerable, NULL},
      {"preferHugePages", NULL, prefer_huge_pages, NULL, NULL, NULL, napi_enumerable, NULL},
      {"close", NULL, close_handle, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties);
  return exports;
}
