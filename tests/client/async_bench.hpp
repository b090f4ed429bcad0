// A client on a context of its own, for tests of calls one after the other.
#pragma once

#include <asio.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "client/scripted_server.hpp"
#include "lastbeat/async_client.hpp"
#include "support/catch.hpp"

namespace lastbeat::test {

inline ClientOptions options_for(const ScriptedServer& server) {
  using namespace std::chrono_literals;
  return {.server = server.address(), .request_timeout = 20s, .first_backoff = 1ms, .longest_backoff = 2ms};
}

// The context runs until the calls of a test have ended.
struct Bench {
  explicit Bench(ClientOptions options, AsyncOptions more = {})
      : client{std::in_place, context.get_executor(), std::move(options), more} {}

  // A token that puts the outcome into `into`.
  template <class T>
  auto keep(std::optional<Result<T>>& into) {
    ++waiting;
    return [this, &into](Result<T> result) {
      into.emplace(std::move(result));
      --waiting;
    };
  }
  void run() {
    context.restart();
    while (waiting > 0 && context.run_one_for(std::chrono::seconds{30}) > 0) {
    }
    REQUIRE(waiting == 0);
  }

  asio::io_context context{1};
  int waiting = 0;
  std::optional<AsyncClient> client;
};

using Written = std::optional<Result<WriteResult>>;
using Statuses = std::optional<Result<std::vector<Presence>>>;

}  // namespace lastbeat::test
