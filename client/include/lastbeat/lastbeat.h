/* Lastbeat for C, and for every language that can call C: who is online right now?
 *
 *   lastbeat_client* client = lastbeat_client_new("127.0.0.1:7230", NULL);
 *   uint64_t user = 42;
 *   uint8_t status;
 *   if (lastbeat_heartbeat(client, &user, 1, NULL) != LASTBEAT_OK) fprintf(stderr, "%s\n", lastbeat_message(client));
 *   if (lastbeat_status(client, &user, 1, &status) == LASTBEAT_OK && status == LASTBEAT_ONLINE) puts("online");
 *   lastbeat_client_free(client);
 *
 * No function lets an exception out, and none ends the process. Text is UTF-8 and ends with a zero byte. Pointers may be
 * null only where that is said. docs/client.md has examples. */
#ifndef LASTBEAT_LASTBEAT_H
#define LASTBEAT_LASTBEAT_H

#include <stddef.h>
#include <stdint.h>

#include "lastbeat/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the functions return: LASTBEAT_OK, or why not. Numbers stay as they are; newer versions may add some. */
typedef enum lastbeat_result {
  LASTBEAT_OK = 0,
  LASTBEAT_ERROR_CONNECT = 1,          /* no connection could be made before the deadline */
  LASTBEAT_ERROR_TIMEOUT = 2,          /* connected, but the deadline passed; the connection was closed */
  LASTBEAT_ERROR_CLOSED = 3,           /* the connection ended before the reply was complete */
  LASTBEAT_ERROR_SERVER = 4,           /* the server said no; lastbeat_server_code() tells the code of docs/protocol.md */
  LASTBEAT_ERROR_PROTOCOL = 5,         /* the peer is no Lastbeat server */
  LASTBEAT_ERROR_INVALID_ARGUMENT = 6, /* nothing was sent */
  LASTBEAT_ERROR_BUSY = 7,             /* there is no room */
  LASTBEAT_ERROR_CANCELLED = 8,
  LASTBEAT_ERROR_NO_MEMORY = 9,
  LASTBEAT_ERROR_INTERNAL = 10         /* a bug of this library */
} lastbeat_result;

/* What a status says about a user; one byte each. */
enum {
  LASTBEAT_OFFLINE = 0, /* no fresh heartbeat */
  LASTBEAT_ONLINE = 1,
  LASTBEAT_UNKNOWN = 2, /* the server cannot tell yet: it started, or was stopped, less than a ttl ago */
  LASTBEAT_LEFT = 3,    /* offline because the user left */
  LASTBEAT_NO_ANSWER = 4 /* of several nodes, none that the user belongs to could be asked */
};

#define LASTBEAT_NO_AGE (-1) /* the server holds nothing about the user */

/* How to reach a server. Fill it with lastbeat_options_init(), then change what is to be different. Text is copied. */
typedef struct lastbeat_options {
  size_t size;                 /* of this struct; set by lastbeat_options_init() */
  int64_t connect_timeout_ms;  /* of one attempt to connect; 2000 */
  int64_t request_timeout_ms;  /* of a call, connecting included; 5000 */
  int64_t first_backoff_ms;    /* longest pause before the second attempt, doubled from then on; 50 */
  int64_t longest_backoff_ms;  /* up to this; 5000 */
  int32_t connect_attempts;    /* in one call; 0, the default: as many as fit into request_timeout_ms */
  int32_t tls;                 /* not 0: encrypt; 0 */
  const char* token;           /* null: none */
  const char* tls_ca_file;     /* PEM; null: whom the system trusts */
  const char* tls_server_name; /* whom the certificate must name; null: the host of the address */
  const char* tls_cert_file;   /* PEM, the client's own; null: none */
  const char* tls_key_file;    /* PEM; null: none */
  int32_t replicas;            /* how many of several nodes hold each user: 1, the default, or 2 */
} lastbeat_options;
LASTBEAT_API void lastbeat_options_init(lastbeat_options* options);

/* --- the client ---------------------------------------------------------------------------------------------------
 * Connects when the first call needs it, and again when the connection is gone. A call that loses its connection is an
 * error and not repeated: it may or may not have counted. Everything may be repeated by the caller without harm.
 *
 * Over several nodes users are spread, as docs/partitioning.md says, and the client has a thread of its own. A node that
 * cannot be reached is an error for its users only: heartbeats and leaves of the others count, see
 * lastbeat_failed_users(), and a status is an error only when nobody could be asked about anybody.
 *
 * Threads: one at a time. Make one client a thread. */
typedef struct lastbeat_client lastbeat_client;

/* `server` is HOST:PORT, [IPV6]:PORT or unix:PATH, or several nodes: [NAME=]ADDRESS[*WEIGHT] with commas between them.
 * `options` may be null. Never null, unless there is no memory: what is
 * wrong with the arguments is told by every call, as LASTBEAT_ERROR_INVALID_ARGUMENT. */
LASTBEAT_API lastbeat_client* lastbeat_client_new(const char* server, const lastbeat_options* options);
/* `client` may be null. */
LASTBEAT_API void lastbeat_client_free(lastbeat_client* client);

/* About the latest call that was no success: one line for people, valid until the next call; "" if there was none. */
LASTBEAT_API const char* lastbeat_message(const lastbeat_client* client);
/* And the server's code, after LASTBEAT_ERROR_SERVER; else 0. */
LASTBEAT_API uint16_t lastbeat_server_code(const lastbeat_client* client);
/* And, after a heartbeat or leave over several nodes, the places in `users` of those whom none of their nodes has taken;
 * the others have been told of. Returns how many; 0: it was about the whole call. Valid until the next call; `places`
 * may be null. */
LASTBEAT_API size_t lastbeat_failed_users(const lastbeat_client* client, const uint32_t** places);

/* What the server did not take of a heartbeat or leave; users. */
typedef struct lastbeat_write_result {
  uint64_t refused; /* new, and there is no room */
  uint64_t too_old; /* the age was over the ttl */
} lastbeat_write_result;

/* The users are alive. `users` may be null when `count` is 0, `result` when nobody wants it. */
LASTBEAT_API lastbeat_result lastbeat_heartbeat(lastbeat_client* client, const uint64_t* users, size_t count,
                                   lastbeat_write_result* result);
/* They were, `age_ms` ago: 0 to 4294967295. */
LASTBEAT_API lastbeat_result lastbeat_heartbeat_aged(lastbeat_client* client, const uint64_t* users, size_t count, int64_t age_ms,
                                        lastbeat_write_result* result);
/* The users have signed out: they are offline at once. */
LASTBEAT_API lastbeat_result lastbeat_leave(lastbeat_client* client, const uint64_t* users, size_t count,
                               lastbeat_write_result* result);
/* They had, `age_ms` ago. */
LASTBEAT_API lastbeat_result lastbeat_leave_aged(lastbeat_client* client, const uint64_t* users, size_t count, int64_t age_ms,
                                    lastbeat_write_result* result);

/* statuses[i] becomes LASTBEAT_OFFLINE ... LASTBEAT_LEFT for users[i]; untouched after an error. */
LASTBEAT_API lastbeat_result lastbeat_status(lastbeat_client* client, const uint64_t* users, size_t count, uint8_t* statuses);
/* And ages_s[i] the seconds since the last heartbeat or leave, or LASTBEAT_NO_AGE. */
LASTBEAT_API lastbeat_result lastbeat_status_detailed(lastbeat_client* client, const uint64_t* users, size_t count,
                                         uint8_t* statuses, int64_t* ages_s);

/* One page of everybody who is online, into `users`, which has room for `room` of them: at least 1. Start with *cursor
 * 0 and repeat while *more is not 0; *found may be 0 meanwhile. */
LASTBEAT_API lastbeat_result lastbeat_online(lastbeat_client* client, uint64_t* cursor, uint64_t* users, size_t room, size_t* found,
                                int* more);
/* How many are online, and how many the server holds, left and silent ones included; either may be null. */
LASTBEAT_API lastbeat_result lastbeat_count(lastbeat_client* client, uint64_t* online, uint64_t* entries);
/* The time from sending to the reply; may be null. */
LASTBEAT_API lastbeat_result lastbeat_ping(lastbeat_client* client, int64_t* nanoseconds);

/* What the server says about itself. */
typedef struct lastbeat_server_info {
  uint64_t life;        /* another one after every restart */
  int64_t ttl_ms;       /* how long a heartbeat keeps a user online */
  int64_t interval_ms;  /* how often the server advises to send heartbeats */
  int64_t doubt_left_ms; /* how much longer it may answer LASTBEAT_UNKNOWN */
} lastbeat_server_info;
LASTBEAT_API lastbeat_result lastbeat_hello(lastbeat_client* client, lastbeat_server_info* info);

/* --- pipelining ---------------------------------------------------------------------------------------------------
 * Between lastbeat_batch_begin() and lastbeat_batch_run() heartbeats, leaves and statuses are gathered; then all go out
 * in one write and their replies are taken in order. What the calls point to must stay until then. */
LASTBEAT_API lastbeat_result lastbeat_batch_begin(lastbeat_client* client);
/* LASTBEAT_OK when all of them succeeded. Otherwise the error of the first that did not; the others have their results,
 * unless the connection was lost. Also ends the gathering. */
LASTBEAT_API lastbeat_result lastbeat_batch_run(lastbeat_client* client);

/* --- the agent ----------------------------------------------------------------------------------------------------
 * Keeps users alive, on a thread of its own, as often as the server advises.
 *
 * Threads: any, also at the same time, except for lastbeat_agent_free(). */
typedef struct lastbeat_agent lastbeat_agent;

/* `server` and `options` as for a client. `most_users` 0: one million. Null when the arguments are wrong or there is no
 * memory or thread; then `message`, if it is not null, gets one line that says why, cut to `message_size` bytes. */
LASTBEAT_API lastbeat_agent* lastbeat_agent_new(const char* server, const lastbeat_options* options, size_t most_users,
                                   char* message, size_t message_size);
/* The users stay online for the rest of the ttl. `agent` may be null. */
LASTBEAT_API void lastbeat_agent_free(lastbeat_agent* agent);
/* Online from now on. LASTBEAT_ERROR_BUSY: there are too many already. */
LASTBEAT_API lastbeat_result lastbeat_agent_add(lastbeat_agent* agent, uint64_t user);
/* No longer kept alive; with `leave` not 0 offline at once. */
LASTBEAT_API lastbeat_result lastbeat_agent_remove(lastbeat_agent* agent, uint64_t user, int leave);
/* How many users are kept alive, and how many heartbeats of theirs the server has taken; either may be null. */
LASTBEAT_API lastbeat_result lastbeat_agent_counters(const lastbeat_agent* agent, uint64_t* users, uint64_t* heartbeats);

/* --- ids ----------------------------------------------------------------------------------------------------------
 * The id of a user who is known by a text: the first eight bytes of its SHA-256, as a big-endian number. docs/client.md
 * has test vectors. Threads: any. */
LASTBEAT_API uint64_t lastbeat_user_id(const char* text, size_t length);
/* Of a UUID's text, 36 characters and a zero byte, of either case; the 16 bytes are hashed. Not 0 when it is one. */
LASTBEAT_API int lastbeat_user_id_of_uuid(const char* text, uint64_t* user);

#ifdef __cplusplus
}
#endif

#endif /* LASTBEAT_LASTBEAT_H */
