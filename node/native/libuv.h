// The few functions of libuv that the addons call. Every Node.js exports them with this interface, but its headers are
// not everywhere; handles are opaque here, as libuv allows since 1.19.
#pragma once
#include <stddef.h>

typedef struct uv_loop_s uv_loop_t;
typedef struct uv_handle_s uv_handle_t;
typedef struct uv_async_s uv_async_t;
typedef struct uv_idle_s uv_idle_t;
typedef struct uv_poll_s uv_poll_t;
typedef void (*uv_async_cb)(uv_async_t *handle);
typedef void (*uv_idle_cb)(uv_idle_t *handle);
typedef void (*uv_poll_cb)(uv_poll_t *handle, int status, int events);
typedef void (*uv_close_cb)(uv_handle_t *handle);

/** Values in uv_handle_type. */
enum { UV_ASYNC = 1, UV_IDLE = 6, UV_POLL = 8 };
enum { UV_READABLE = 1, UV_WRITABLE = 2 };

size_t uv_handle_size(int type);
void *uv_handle_get_data(const uv_handle_t *handle);
void uv_handle_set_data(uv_handle_t *handle, void *data);
int uv_async_init(uv_loop_t *loop, uv_async_t *handle, uv_async_cb callback);
int uv_async_send(uv_async_t *handle);
int uv_idle_init(uv_loop_t *loop, uv_idle_t *handle);
int uv_idle_start(uv_idle_t *handle, uv_idle_cb callback);
int uv_idle_stop(uv_idle_t *handle);
int uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
int uv_poll_start(uv_poll_t *handle, int events, uv_poll_cb callback);
int uv_poll_stop(uv_poll_t *handle);
void uv_close(uv_handle_t *handle, uv_close_cb callback);
const char *uv_err_name(int error);
