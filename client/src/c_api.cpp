#include <algorithm>
#include <cstring>
#include <functional>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "lastbeat/client.hpp"
#include "lastbeat/heartbeat_agent.hpp"
#include "lastbeat/lastbeat.h"
#include "lastbeat/user_id.hpp"

using namespace lastbeat;
using std::chrono::milliseconds;

static_assert(sizeof(UserId) == sizeof(std::uint64_t) && sizeof(Presence) == sizeof(std::uint8_t));

namespace {

struct Gathered {
  enum class Kind : std::uint8_t { kWrite, kStatus };
  Kind kind{};
  lastbeat_write_result* written = nullptr;
  std::uint8_t* statuses = nullptr;
};

}  // namespace

struct lastbeat_client {
  std::optional<Client> client;  // empty: the arguments were no good, and `error` says why
  Error error{};
  const char* message = "";
  bool is_gathering = false;
  Pipeline pipeline;
  std::vector<Gathered> gathered;
};

struct lastbeat_agent {
  HeartbeatAgent agent;
};

namespace {

lastbeat_result code_of(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::kConnect:
      return LASTBEAT_ERROR_CONNECT;
    case ErrorKind::kTimeout:
      return LASTBEAT_ERROR_TIMEOUT;
    case ErrorKind::kClosed:
      return LASTBEAT_ERROR_CLOSED;
    case ErrorKind::kServer:
      return LASTBEAT_ERROR_SERVER;
    case ErrorKind::kProtocol:
      return LASTBEAT_ERROR_PROTOCOL;
    case ErrorKind::kInvalidArgument:
      return LASTBEAT_ERROR_INVALID_ARGUMENT;
    case ErrorKind::kBusy:
      return LASTBEAT_ERROR_BUSY;
    case ErrorKind::kCancelled:
      return LASTBEAT_ERROR_CANCELLED;
  }
  return LASTBEAT_ERROR_INTERNAL;
}

lastbeat_result fail(lastbeat_client& self, Error error) noexcept {
  self.error = std::move(error);
  self.message = self.error.message.c_str();
  return code_of(self.error.kind);
}

// The same where there may be no memory for an error.
lastbeat_result fail(lastbeat_client& self, lastbeat_result code, const char* message) noexcept {
  self.error = {};
  self.message = message;
  return code;
}

Error invalid(std::string message) { return {.kind = ErrorKind::kInvalidArgument, .message = std::move(message)}; }

// Runs act(client), which returns an error or nothing, and lets no exception out.
template <class Act>
lastbeat_result guarded(lastbeat_client* self, Act act) noexcept {
  if (self == nullptr) return LASTBEAT_ERROR_INVALID_ARGUMENT;
  try {
    if (!self->client) return LASTBEAT_ERROR_INVALID_ARGUMENT;
    std::optional<Error> error = act(*self->client);
    return error ? fail(*self, std::move(*error)) : LASTBEAT_OK;
  } catch (const std::bad_alloc&) {
    return fail(*self, LASTBEAT_ERROR_NO_MEMORY, "out of memory");
  } catch (...) {
    return fail(*self, LASTBEAT_ERROR_INTERNAL, "an internal error");
  }
}

std::span<const UserId> users_of(const std::uint64_t* users, std::size_t count) noexcept {
  return {reinterpret_cast<const UserId*>(users), count};
}

std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

void put(lastbeat_write_result* into, const WriteResult& written) noexcept {
  if (into != nullptr) *into = {.refused = written.refused, .too_old = written.too_old};
}

void put(std::uint8_t* into, std::span<const Presence> statuses) noexcept {
  if (!statuses.empty()) std::memcpy(into, statuses.data(), statuses.size());
}

ClientOptions to_options(const char* server, const lastbeat_options* options) {
  if (server == nullptr) throw std::invalid_argument("no server was given");
  ClientOptions result{.server = server};
  if (options == nullptr) return result;
  if (options->size != sizeof(lastbeat_options)) {
    throw std::invalid_argument("the options are of another size; call lastbeat_options_init() first");
  }
  result.connect_timeout = milliseconds{options->connect_timeout_ms};
  result.request_timeout = milliseconds{options->request_timeout_ms};
  result.first_backoff = milliseconds{options->first_backoff_ms};
  result.longest_backoff = milliseconds{options->longest_backoff_ms};
  result.connect_attempts = options->connect_attempts;
  result.token = text_or_empty(options->token);
  result.tls.enabled = options->tls != 0;
  result.tls.ca_file = text_or_empty(options->tls_ca_file);
  result.tls.server_name = text_or_empty(options->tls_server_name);
  result.tls.cert_file = text_or_empty(options->tls_cert_file);
  result.tls.key_file = text_or_empty(options->tls_key_file);
  result.replicas = options->replicas;
  return result;
}

// For one more. What may fail comes first: a batch's requests and where their answers go stay in step.
void make_room(std::vector<Gathered>& gathered) {
  constexpr std::size_t kLeast = 64;
  if (gathered.size() == gathered.capacity()) gathered.reserve(std::max(kLeast, 2 * gathered.size()));
}

enum class Write : std::uint8_t { kHeartbeat, kLeave };

lastbeat_result write(lastbeat_client* self, Write kind, std::span<const UserId> users, Client::Age age,
                      lastbeat_write_result* result) noexcept {
  return guarded(self, [&](Client& client) -> std::optional<Error> {
    if (self->is_gathering) {
      make_room(self->gathered);
      if (kind == Write::kLeave) {
        self->pipeline.leave(users, age);
      } else {
        self->pipeline.heartbeat(users, age);
      }
      self->gathered.push_back({.kind = Gathered::Kind::kWrite, .written = result});
      return std::nullopt;
    }
    const auto written = kind == Write::kLeave ? client.leave(users, age) : client.heartbeat(users, age);
    if (!written) return written.error();
    put(result, written.value());
    return std::nullopt;
  });
}

// The first error of the replies; what is no error goes where it is wanted.
std::optional<Error> scatter(const std::vector<Gathered>& gathered, const std::vector<Result<PipelineReply>>& replies) {
  std::optional<Error> first;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (!replies[i]) {
      if (!first) first = replies[i].error();
    } else if (gathered[i].kind == Gathered::Kind::kWrite) {
      put(gathered[i].written, std::get<WriteResult>(replies[i].value()));
    } else {
      put(gathered[i].statuses, std::get<std::vector<Presence>>(replies[i].value()));
    }
  }
  return first;
}

}  // namespace

// --- the client ---------------------------------------------------------------------------------------------------

void lastbeat_options_init(lastbeat_options* options) {
  if (options == nullptr) return;
  const ClientOptions defaults;
  *options = {};
  options->size = sizeof *options;
  options->connect_timeout_ms = defaults.connect_timeout.count();
  options->request_timeout_ms = defaults.request_timeout.count();
  options->first_backoff_ms = defaults.first_backoff.count();
  options->longest_backoff_ms = defaults.longest_backoff.count();
  options->replicas = defaults.replicas;
}

lastbeat_client* lastbeat_client_new(const char* server, const lastbeat_options* options) {
  lastbeat_client* self = nullptr;
  try {
    self = new lastbeat_client;  // NOLINT(cppcoreguidelines-owning-memory): the caller's, until lastbeat_client_free()
    self->client.emplace(to_options(server, options));
  } catch (const std::bad_alloc&) {
    lastbeat_client_free(self);
    return nullptr;
  } catch (const std::exception& error) {
    try {
      fail(*self, invalid(error.what()));
    } catch (const std::bad_alloc&) {
      self->message = "the arguments are no good";
    }
  }
  return self;
}

void lastbeat_client_free(lastbeat_client* client) { delete client; }

const char* lastbeat_message(const lastbeat_client* client) {
  return client == nullptr ? "no client" : client->message;
}

uint16_t lastbeat_server_code(const lastbeat_client* client) {
  return client == nullptr ? std::uint16_t{0} : client->error.server_code;
}

size_t lastbeat_failed_users(const lastbeat_client* client, const uint32_t** places) {
  if (client == nullptr) return 0;
  if (places != nullptr) *places = client->error.users.data();
  return client->error.users.size();
}

lastbeat_result lastbeat_heartbeat(lastbeat_client* client, const uint64_t* users, size_t count,
                                   lastbeat_write_result* result) {
  return write(client, Write::kHeartbeat, users_of(users, count), {}, result);
}

lastbeat_result lastbeat_heartbeat_aged(lastbeat_client* client, const uint64_t* users, size_t count, int64_t age_ms,
                                        lastbeat_write_result* result) {
  return write(client, Write::kHeartbeat, users_of(users, count), milliseconds{age_ms}, result);
}

lastbeat_result lastbeat_leave(lastbeat_client* client, const uint64_t* users, size_t count,
                               lastbeat_write_result* result) {
  return write(client, Write::kLeave, users_of(users, count), {}, result);
}

lastbeat_result lastbeat_leave_aged(lastbeat_client* client, const uint64_t* users, size_t count, int64_t age_ms,
                                    lastbeat_write_result* result) {
  return write(client, Write::kLeave, users_of(users, count), milliseconds{age_ms}, result);
}

lastbeat_result lastbeat_status(lastbeat_client* client, const uint64_t* users, size_t count, uint8_t* statuses) {
  return guarded(client, [&](Client& self) -> std::optional<Error> {
    if (client->is_gathering) {
      make_room(client->gathered);
      client->pipeline.status(users_of(users, count));
      client->gathered.push_back({.kind = Gathered::Kind::kStatus, .statuses = statuses});
      return std::nullopt;
    }
    const auto status = self.status(users_of(users, count));
    if (!status) return status.error();
    put(statuses, status.value());
    return std::nullopt;
  });
}

lastbeat_result lastbeat_status_detailed(lastbeat_client* client, const uint64_t* users, size_t count,
                                         uint8_t* statuses, int64_t* ages_s) {
  return guarded(client, [&](Client& self) -> std::optional<Error> {
    const auto status = self.status_detailed(users_of(users, count));
    if (!status) return status.error();
    for (std::size_t i = 0; i < count; ++i) {
      statuses[i] = static_cast<std::uint8_t>(status.value()[i].presence);
      const auto age = status.value()[i].age;
      ages_s[i] = age ? std::int64_t{age->count()} : LASTBEAT_NO_AGE;
    }
    return std::nullopt;
  });
}

lastbeat_result lastbeat_online(lastbeat_client* client, uint64_t* cursor, uint64_t* users, size_t room, size_t* found,
                                int* more) {
  return guarded(client, [&](Client& self) -> std::optional<Error> {
    if (room == 0) return invalid("room for 0 users; allowed: 1 and more");
    const auto limit = static_cast<std::uint32_t>(std::min<std::size_t>(room, UINT32_MAX));
    const auto page = self.online(*cursor, limit);
    if (!page) return page.error();
    if (page.value().users.size() > room) {
      return Error{.kind = ErrorKind::kProtocol, .message = "the server sent more users than were asked for"};
    }
    std::transform(page.value().users.begin(), page.value().users.end(), users,
                   [](UserId user) { return static_cast<std::uint64_t>(user); });
    *found = page.value().users.size();
    *cursor = page.value().next_cursor;
    *more = page.value().more ? 1 : 0;
    return std::nullopt;
  });
}

lastbeat_result lastbeat_count(lastbeat_client* client, uint64_t* online, uint64_t* entries) {
  return guarded(client, [&](Client& self) -> std::optional<Error> {
    const auto count = self.count();
    if (!count) return count.error();
    if (online != nullptr) *online = count.value().online;
    if (entries != nullptr) *entries = count.value().entries;
    return std::nullopt;
  });
}

lastbeat_result lastbeat_ping(lastbeat_client* client, int64_t* nanoseconds) {
  return guarded(client, [&](Client& self) -> std::optional<Error> {
    const auto took = self.ping();
    if (!took) return took.error();
    if (nanoseconds != nullptr) *nanoseconds = took.value().count();
    return std::nullopt;
  });
}

lastbeat_result lastbeat_hello(lastbeat_client* client, lastbeat_server_info* info) {
  return guarded(client, [&](Client& self) -> std::optional<Error> {
    const auto server = self.hello();
    if (!server) return server.error();
    *info = {.life = server.value().life,
             .ttl_ms = milliseconds{server.value().ttl}.count(),
             .interval_ms = server.value().interval.count(),
             .doubt_left_ms = milliseconds{server.value().doubt_left}.count()};
    return std::nullopt;
  });
}

// --- pipelining ---------------------------------------------------------------------------------------------------

lastbeat_result lastbeat_batch_begin(lastbeat_client* client) {
  return guarded(client, [&](Client&) -> std::optional<Error> {
    client->pipeline.clear();
    client->gathered.clear();
    client->is_gathering = true;
    return std::nullopt;
  });
}

lastbeat_result lastbeat_batch_run(lastbeat_client* client) {
  return guarded(client, [&](Client& self) -> std::optional<Error> {
    if (!std::exchange(client->is_gathering, false)) return invalid("no batch was begun");
    const auto replies = self.run(client->pipeline);
    if (!replies) return replies.error();
    return scatter(client->gathered, replies.value());
  });
}

// --- the agent ----------------------------------------------------------------------------------------------------

lastbeat_agent* lastbeat_agent_new(const char* server, const lastbeat_options* options, size_t most_users,
                                   char* message, size_t message_size) {
  std::string_view why;
  try {
    AgentOptions agent;
    if (most_users != 0) agent.most_users = most_users;
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the caller's, until lastbeat_agent_free()
    return new lastbeat_agent{HeartbeatAgent{to_options(server, options), std::move(agent)}};
  } catch (const std::exception& error) {
    why = error.what();
    if (message != nullptr && message_size != 0) {
      const std::size_t length = std::min(why.size(), message_size - 1);
      std::memcpy(message, why.data(), length);
      message[length] = '\0';
    }
  }
  return nullptr;
}

void lastbeat_agent_free(lastbeat_agent* agent) { delete agent; }

lastbeat_result lastbeat_agent_add(lastbeat_agent* agent, uint64_t user) {
  if (agent == nullptr) return LASTBEAT_ERROR_INVALID_ARGUMENT;
  try {
    return agent->agent.add(UserId{user}) ? LASTBEAT_OK : LASTBEAT_ERROR_BUSY;
  } catch (...) {
    return LASTBEAT_ERROR_NO_MEMORY;
  }
}

lastbeat_result lastbeat_agent_remove(lastbeat_agent* agent, uint64_t user, int leave) {
  if (agent == nullptr) return LASTBEAT_ERROR_INVALID_ARGUMENT;
  try {
    agent->agent.remove(UserId{user}, leave != 0);
    return LASTBEAT_OK;
  } catch (...) {
    return LASTBEAT_ERROR_NO_MEMORY;
  }
}

lastbeat_result lastbeat_agent_counters(const lastbeat_agent* agent, uint64_t* users, uint64_t* heartbeats) {
  if (agent == nullptr) return LASTBEAT_ERROR_INVALID_ARGUMENT;
  const AgentCounters counters = agent->agent.counters();
  if (users != nullptr) *users = counters.users;
  if (heartbeats != nullptr) *heartbeats = counters.heartbeats;
  return LASTBEAT_OK;
}

// --- ids ----------------------------------------------------------------------------------------------------------

uint64_t lastbeat_user_id(const char* text, size_t length) {
  return static_cast<std::uint64_t>(user_id_of(std::string_view{text, length}));
}

int lastbeat_user_id_of_uuid(const char* text, uint64_t* user) {
  if (text == nullptr) return 0;
  const auto id = user_id_of_uuid(text);
  if (id && user != nullptr) *user = static_cast<std::uint64_t>(*id);
  return id ? 1 : 0;
}
