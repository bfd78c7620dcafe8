// The life of a batch socket between its opening and the last hold on it, whatever waits for its requests.
#include "socket.h"

#include <stdlib.h>
#include <unistd.h>

void release(struct batch_socket *socket) {
  if (--socket->holders > 0) return;
  free(socket->turns);
  free(socket->handle);
  free(socket);
}

static void on_closed(uv_handle_t *handle) {
  struct batch_socket *socket = uv_handle_get_data(handle);
  napi_delete_reference(socket->env, socket->functions);
  napi_delete_reference(socket->env, socket->buffers);
  napi_async_destroy(socket->env, socket->context);
  napi_remove_async_cleanup_hook(socket->cleanup);
  release(socket);
}

static void on_turns_closed(uv_handle_t *handle) { release(uv_handle_get_data(handle)); }

void close_socket(struct batch_socket *socket) {
  socket->is_to_close = true;
  if (socket->is_calling || socket->is_closed) return;
  socket->is_closed = true;
  if (socket->stop != NULL) socket->stop(socket);
  uv_close(socket->handle, on_closed);
  if (socket->turns != NULL) uv_close(socket->turns, on_turns_closed);
  if (socket->ready_fd != socket->fd) close(socket->ready_fd);
  close(socket->fd);
  socket->fd = -1;
  socket->ready_fd = -1;
}

void call_back(struct batch_socket *socket, uint32_t function, int count) {
  const napi_env env = socket->env;
  napi_handle_scope handles;
  napi_callback_scope callback;
  napi_value functions;
  napi_value called;
  napi_value argument;
  napi_value error;
  if (napi_open_handle_scope(env, &handles) != napi_ok) return;
  napi_get_reference_value(env, socket->functions, &functions);
  napi_get_element(env, functions, function, &called);
  napi_create_int32(env, count, &argument);
  if (napi_open_callback_scope(env, functions, socket->context, &callback) == napi_ok) {
    socket->is_calling = true;
    const napi_status status = napi_call_function(env, functions, called, 1, &argument, NULL);
    socket->is_calling = false;
    if (status == napi_pending_exception && napi_get_and_clear_last_exception(env, &error) == napi_ok)
      napi_fatal_exception(env, error);
    napi_close_callback_scope(env, callback);  // promises go on here
  }
  napi_close_handle_scope(env, handles);
  if (socket->is_to_close) close_socket(socket);
}
