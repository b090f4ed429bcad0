/* The client in C. */
#include <inttypes.h>
#include <stdio.h>

#include "lastbeat/lastbeat.h"

int main(int argc, char** argv) {
  lastbeat_client* client = lastbeat_client_new(argc > 1 ? argv[1] : "127.0.0.1:7230", NULL);
  const uint64_t users[] = {42, lastbeat_user_id("alice", 5)};
  uint8_t before[2];
  uint8_t after[2];

  /* Three requests in one write; their results are there once the batch has run. */
  lastbeat_batch_begin(client);
  lastbeat_status(client, users, 2, before);
  lastbeat_heartbeat(client, users, 1, NULL);
  lastbeat_status(client, users, 2, after);
  if (lastbeat_batch_run(client) != LASTBEAT_OK) {
    fprintf(stderr, "%s\n", lastbeat_message(client));
    lastbeat_client_free(client);
    return 1;
  }
  for (int i = 0; i < 2; ++i) {
    printf("%" PRIu64 " %s\n", users[i], after[i] == LASTBEAT_ONLINE ? "online" : "offline");
  }
  lastbeat_client_free(client);
  return 0;
}
