// How fast the client library is, in the shape of `lastbeat-bench load`: what scripts/bench-client.sh compares.
//   lastbeat-client-load async|c HOST:PORT CONNECTIONS PIPELINE BATCH SECONDS
// 90 % heartbeats, 10 % statuses, of a million users. One thread, as the load has, with the C library one a connection.
// Prints operations/s: one user's heartbeat or status each.
#include <asio.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "bench/user_chooser.hpp"
#include "lastbeat/async_client.hpp"
#include "lastbeat/lastbeat.h"

namespace {

using namespace lastbeat;
using Clock = std::chrono::steady_clock;
using bench::UserChooser;

struct Shape {
  std::string server;
  std::size_t connections = 1;
  std::size_t pipeline = 1;  // calls in flight on a connection
  std::size_t batch = 1;     // users in a call
  std::chrono::seconds duration{1};
};

// Chooses what is asked next.
class Traffic {
 public:
  Traffic(std::size_t batch, std::uint64_t seed) : ids_(batch), random_{seed} {}
  [[nodiscard]] bool is_heartbeat_next() { return random_() % 10 != 0; }
  [[nodiscard]] const std::vector<UserId>& next_users() {
    for (UserId& id : ids_) id = users_.next(random_);
    return ids_;
  }

 private:
  UserChooser users_{1'000'000, bench::Distribution::kUniform};
  std::vector<UserId> ids_;
  UserChooser::Random random_;
};

// Keeps calls in flight, each followed by the next.
class AsyncLoad {
 public:
  AsyncLoad(asio::io_context& context, const Shape& shape, std::uint64_t seed)
      : client_{context.get_executor(), {.server = shape.server}}, traffic_{shape.batch, seed} {
    for (std::size_t i = 0; i < shape.pipeline; ++i) call();
  }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }

 private:
  void call() {
    const bool is_heartbeat = traffic_.is_heartbeat_next();
    const auto& users = traffic_.next_users();
    if (is_heartbeat) {
      client_.heartbeat(users, [this](const Result<WriteResult>& written) { done(written.ok()); });
    } else {
      client_.status(users, [this](const Result<std::vector<Presence>>& status) { done(status.ok()); });
    }
  }
  void done(bool is_good) {
    if (!is_good) return;
    ++calls_;
    call();
  }

  AsyncClient client_;
  Traffic traffic_;
  std::uint64_t calls_ = 0;
};

std::uint64_t run_async(const Shape& shape) {
  asio::io_context context{1};
  std::vector<std::unique_ptr<AsyncLoad>> loads;
  for (std::size_t i = 0; i < shape.connections; ++i) loads.push_back(std::make_unique<AsyncLoad>(context, shape, i));
  context.run_for(shape.duration);
  std::uint64_t calls = 0;
  for (const auto& load : loads) calls += load->calls();
  return calls;
}

std::uint64_t run_c(const Shape& shape, std::uint64_t seed) {
  lastbeat_client* const client = lastbeat_client_new(shape.server.c_str(), nullptr);
  Traffic traffic{shape.batch, seed};
  std::vector<std::uint64_t> ids(shape.batch);
  std::vector<std::uint8_t> statuses(shape.batch);
  std::uint64_t calls = 0;
  const auto end = Clock::now() + shape.duration;
  while (Clock::now() < end) {
    lastbeat_batch_begin(client);
    for (std::size_t i = 0; i < shape.pipeline; ++i) {
      const bool is_heartbeat = traffic.is_heartbeat_next();
      const auto& users = traffic.next_users();
      for (std::size_t user = 0; user < users.size(); ++user) ids[user] = static_cast<std::uint64_t>(users[user]);
      if (is_heartbeat) {
        lastbeat_heartbeat(client, ids.data(), ids.size(), nullptr);
      } else {
        lastbeat_status(client, ids.data(), ids.size(), statuses.data());
      }
    }
    if (lastbeat_batch_run(client) != LASTBEAT_OK) break;
    calls += shape.pipeline;
  }
  lastbeat_client_free(client);
  return calls;
}

std::uint64_t run_c(const Shape& shape) {
  std::vector<std::uint64_t> calls(shape.connections);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < shape.connections; ++i) {
    threads.emplace_back([&, i] { calls[i] = run_c(shape, i); });
  }
  for (auto& thread : threads) thread.join();
  return std::accumulate(calls.begin(), calls.end(), std::uint64_t{0});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::cerr << "usage: lastbeat-client-load async|c HOST:PORT CONNECTIONS PIPELINE BATCH SECONDS\n";
    return 2;
  }
  try {
    const Shape shape{.server = argv[2],
                      .connections = std::stoul(argv[3]),
                      .pipeline = std::stoul(argv[4]),
                      .batch = std::stoul(argv[5]),
                      .duration = std::chrono::seconds{std::stol(argv[6])}};
    const std::uint64_t calls = std::string{argv[1]} == "async" ? run_async(shape) : run_c(shape);
    if (calls == 0) return 1;
    std::cout << calls * shape.batch / static_cast<std::uint64_t>(shape.duration.count()) << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "lastbeat-client-load: " << error.what() << '\n';
    return 1;
  }
}
