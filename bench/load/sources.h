// Sockets bound to the source addresses 127.0.1.1, 127.0.1.2, ...
#pragma once

#include <stdint.h>

// A non-blocking socket (SOCK_STREAM or SOCK_DGRAM) bound to a source address; its port is chosen at connect.
// Ends the process when the machine has none left.
int open_source_socket(int type, uint32_t source);

// perror and exit status 1.
_Noreturn void die(const char *what);
