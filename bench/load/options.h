// What one run of the load program shall do, read from its flags.
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum { MAX_SOURCES = 64, MAX_IN_FLIGHT = 4096, MAX_NUMWANT = 200 };

enum mode {
  MODE_UDP,          // connection ids cached per source address, as clients do
  MODE_UDP_CONNECT,  // a connect before every announce
  MODE_HTTP,         // a TCP connection per announce
  MODE_KEEPALIVE,    // one announce after the other on lasting TCP connections
};

// What is asked, and what counts as an answer.
enum question {
  QUESTION_ANNOUNCE,  // an announce, answered with peers
  QUESTION_REDIRECT,  // an announce, answered with a 302 to the same request elsewhere
  QUESTION_LOOKUP,    // GET /v2/lookup of a supernode, answered with carriers
};

struct options {
  enum mode mode;
  enum question question;
  bool is_fill;               // announce every peer once with event=started instead of random peers for `seconds`
  bool lists_hashes;          // print the torrents' info hashes in hex and end
  uint32_t torrents;
  uint32_t peers;             // of each torrent
  uint32_t numwant;
  uint32_t in_flight;         // announces under way at once
  uint32_t sources;           // addresses 127.0.1.1, 127.0.1.2, ... announced from
  uint32_t warm_up_ms;        // before counting starts
  uint32_t limit_ms;          // of the counted time; a fill that is not done then has failed
  uint32_t server_pid;        // whose CPU time is counted; 0: nobody's
  uint32_t seed;
  struct sockaddr_in server;
};

// Ends the process with status 2 and one line on stderr when a flag is wrong.
struct options read_options(int count, char **arguments);
