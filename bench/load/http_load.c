// Announces over TCP: a connection for each, or one after the other on lasting connections.
#define _GNU_SOURCE
#include "bencoded_answer.h"
#include "http_message.h"
#include "run.h"
#include "sources.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_ANSWER_BYTES = 8192, MAX_EVENTS = 128, POLL_MS = 20 };

static const uint64_t GIVE_UP_NS = 5000000000u;

struct connection {
  int fd;  // -1: none
  uint32_t source;
  bool is_used;
  bool is_sent;
  struct peer peer;
  uint64_t started_ns;
  size_t request_length;
  size_t answer_length;
  char request[MAX_REQUEST_BYTES];
  char answer[MAX_ANSWER_BYTES + 1];
};

struct load {
  struct workload workload;
  struct measurement *measurement;
  int poll_fd;
  uint32_t used_connections;
};

static void poll_for(struct load *load, struct connection *connection, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  if (epoll_ctl(load->poll_fd, operation, connection->fd, &event) < 0) die("epoll_ctl");
}

// On loopback the handshake is mostly done when connect returns, so the request often leaves at once.
static bool send_request(struct connection *connection) {
  const ssize_t sent = send(connection->fd, connection->request, connection->request_length, MSG_NOSIGNAL);
  connection->is_sent = sent == (ssize_t)connection->request_length;
  return connection->is_sent || (sent < 0 && (errno == EAGAIN || errno == ENOTCONN));
}

static void open_connection(struct load *load, struct connection *connection) {
  const struct sockaddr_in *server = &load->workload.options->server;
  connection->fd = open_source_socket(SOCK_STREAM, connection->source);
  // A failure shows at the first send, or as an event.
  connect(connection->fd, (const struct sockaddr *)server, sizeof *server);
  send_request(connection);
  poll_for(load, connection, EPOLL_CTL_ADD, connection->is_sent ? EPOLLIN : EPOLLOUT);
}

static void close_connection(struct connection *connection) {
  if (connection->fd >= 0) close(connection->fd);
  connection->fd = -1;
}

static void fail(struct load *load, struct connection *connection, enum outcome outcome, uint64_t now);

static void start(struct load *load, struct connection *connection, uint64_t now) {
  connection->is_used = workload_next(&load->workload, connection->source, &connection->peer);
  if (!connection->is_used) {
    close_connection(connection);
    load->used_connections--;
    return;
  }
  connection->started_ns = now;
  connection->answer_length = 0;
  connection->request_length = write_http_request(&load->workload, connection->peer, connection->request);
  if (connection->fd < 0) return open_connection(load, connection);
  if (!send_request(connection)) return fail(load, connection, OUTCOME_BROKEN, now);
  if (!connection->is_sent) poll_for(load, connection, EPOLL_CTL_MOD, EPOLLOUT);
}

static void fail(struct load *load, struct connection *connection, enum outcome outcome, uint64_t now) {
  measurement_fail(load->measurement, outcome);
  close_connection(connection);
  start(load, connection, now);
}

static enum outcome read_answer(const struct options *options, const struct connection *connection, const char *body,
                                size_t length, uint32_t *peers) {
  switch (options->question) {
    case QUESTION_ANNOUNCE: return read_bencoded_answer(body, length, options->numwant, peers);
    case QUESTION_REDIRECT:
      return leads_on(connection->answer, connection->request) ? OUTCOME_ANSWERED : OUTCOME_MALFORMED;
    case QUESTION_LOOKUP: return names_carriers(body, length, connection->peer) ? OUTCOME_ANSWERED : OUTCOME_MALFORMED;
  }
  return OUTCOME_MALFORMED;
}

static void on_answer(struct load *load, struct connection *connection, const char *body, size_t length) {
  const struct options *options = load->workload.options;
  const uint64_t now = now_ns();
  uint32_t peers = 0;
  const enum outcome outcome = read_answer(options, connection, body, length, &peers);
  if (outcome != OUTCOME_ANSWERED) return fail(load, connection, outcome, now);
  measurement_answer(load->measurement, now - connection->started_ns, peers);
  if (options->mode == MODE_HTTP) close_connection(connection);
  start(load, connection, now);
}

static void on_readable(struct load *load, struct connection *connection) {
  const size_t room = MAX_ANSWER_BYTES - connection->answer_length;
  const ssize_t received = recv(connection->fd, connection->answer + connection->answer_length, room, 0);
  if (received < 0 && errno == EAGAIN) return;
  if (received < 0 || (received == 0 && connection->answer_length == 0))
    return fail(load, connection, OUTCOME_BROKEN, now_ns());
  connection->answer_length += (size_t)received;
  connection->answer[connection->answer_length] = '\0';
  const char *body;
  size_t length;
  const bool is_ended = received == 0 || connection->answer_length == MAX_ANSWER_BYTES;
  const struct answer answer = {connection->answer, connection->answer_length, is_ended};
  const int status = load->workload.options->question == QUESTION_REDIRECT ? 302 : 200;
  const enum frame frame = read_http_frame(&answer, status, &body, &length);
  if (frame == FRAME_BAD) fail(load, connection, OUTCOME_MALFORMED, now_ns());
  else if (frame == FRAME_WHOLE) on_answer(load, connection, body, length);
}

static void on_writable(struct load *load, struct connection *connection) {
  if (!send_request(connection)) return fail(load, connection, OUTCOME_BROKEN, now_ns());
  if (connection->is_sent) poll_for(load, connection, EPOLL_CTL_MOD, EPOLLIN);
}

static void give_up_late(struct load *load, struct connection *connections, uint64_t now) {
  for (uint32_t i = 0; i < load->workload.options->in_flight; i++) {
    struct connection *connection = &connections[i];
    if (connection->is_used && now - connection->started_ns > GIVE_UP_NS) fail(load, connection, OUTCOME_LOST, now);
  }
}

static void serve_events(struct load *load, struct connection *connections) {
  uint64_t checked_ns = now_ns();
  while (!load->measurement->is_over && load->used_connections > 0) {
    struct epoll_event events[MAX_EVENTS];
    const int count = epoll_wait(load->poll_fd, events, MAX_EVENTS, POLL_MS);
    for (int i = 0; i < count; i++) {
      struct connection *connection = events[i].data.ptr;
      if (connection->is_sent) on_readable(load, connection);
      else on_writable(load, connection);
    }
    const uint64_t now = now_ns();
    measurement_tick(load->measurement, now);
    if (now - checked_ns < GIVE_UP_NS / 10) continue;
    checked_ns = now;
    give_up_late(load, connections, now);
  }
}

void run_http_load(const struct options *options, struct measurement *measurement) {
  struct load load = {.measurement = measurement, .poll_fd = epoll_create1(EPOLL_CLOEXEC)};
  struct connection *connections = calloc(options->in_flight, sizeof *connections);
  if (connections == NULL || load.poll_fd < 0) die("epoll_create1");
  workload_init(&load.workload, options);
  measurement_tick(measurement, now_ns());
  load.used_connections = options->in_flight;
  for (uint32_t i = 0; i < options->in_flight; i++) {
    connections[i].fd = -1;
    connections[i].source = i % options->sources;
    start(&load, &connections[i], now_ns());
  }
  serve_events(&load, connections);
  if (load.used_connections == 0) measurement_filled(measurement, now_ns());
  for (uint32_t i = 0; i < options->in_flight; i++) close_connection(&connections[i]);
  close(load.poll_fd);
  free(connections);
}
