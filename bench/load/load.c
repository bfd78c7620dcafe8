// The load program: plays many BitTorrent clients against one tracker on 127.0.0.1 and prints what it saw as JSON.

#include "run.h"
#include "workload.h"

#include <stdio.h>

static void list_hashes(uint32_t torrents) {
  for (uint32_t torrent = 0; torrent < torrents; torrent++) {
    uint8_t hash[INFO_HASH_BYTES];
    write_info_hash(torrent, hash);
    for (int i = 0; i < INFO_HASH_BYTES; i++) printf("%02x", hash[i]);
    putchar('\n');
  }
}

int main(int count, char **arguments) {
  static struct measurement measurement;
  const struct options options = read_options(count, arguments);
  if (options.lists_hashes) {
    list_hashes(options.torrents);
    return 0;
  }
  measurement_init(&measurement, &options);
  if (options.mode == MODE_UDP || options.mode == MODE_UDP_CONNECT) run_udp_load(&options, &measurement);
  else run_http_load(&options, &measurement);
  measurement_print(&measurement);
  return 0;
}
