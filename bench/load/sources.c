#define _GNU_SOURCE
#include "sources.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static const uint32_t FIRST_SOURCE_ADDRESS = 0x7f000101;  // 127.0.1.1

void die(const char *what) {
  perror(what);
  exit(1);
}

int open_source_socket(int type, uint32_t source) {
  const int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(FIRST_SOURCE_ADDRESS + source)};
  const int on = 1;
  if (fd < 0) die("socket");
  if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) < 0) die("IP_BIND_ADDRESS_NO_PORT");
  if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0) die("bind");
  return fd;
}
