// A store in Redis with a clock that the test turns, which waits for the answers.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "redis/redis_store.hpp"

namespace lastbeat::test {

using namespace std::chrono_literals;
using redis::Config;
using redis::RedisStore;

inline constexpr UserId kUser{42};
inline constexpr auto kPatience = 60s;

inline Command heartbeat(UserId user, Second second = Command::kOnArrival) {
  return {.user = user, .second = second, .kind = CommandKind::kHeartbeat};
}
inline Command leave(UserId user, Second second = Command::kOnArrival) {
  return {.user = user, .second = second, .kind = CommandKind::kLeave};
}
inline Command status(UserId user) { return {.user = user, .kind = CommandKind::kStatus}; }

struct Reply final : BatchCompletion {
  std::promise<BatchResult> result;
  void batch_done(BatchResult value) noexcept override { result.set_value(value); }
};

class Subject {
 public:
  explicit Subject(
      const std::string& url, const std::function<void(Config&)>& change = [](Config&) {},
      Rules rules = {.ttl = 30, .retain = 60})
      : time_{{.now = kStart}}, store_{config(url, change), rules, &Subject::now, time_} {}

  // One that nobody has waited for yet. Must stay where it is until it has been answered.
  struct Asked {
    std::vector<Command> commands;
    std::vector<Answer> answers{};
    Reply reply{};
  };
  void begin(Asked& asked) {
    asked.answers.resize(asked.commands.size());
    store_.execute(asked.commands, asked.answers, asked.reply);
  }
  BatchResult ask(const std::vector<Command>& commands) {
    answers.assign(commands.size(), {});
    Reply reply;
    store_.execute(commands, answers, reply);
    return reply.result.get_future().get();
  }
  Presence presence(UserId user) {
    ask({status(user)});
    return answers.at(0).presence;
  }
  [[nodiscard]] RemoteFigures remote() const { return store_.remote(); }
  [[nodiscard]] bool wait_for(const std::function<bool(const RemoteFigures&)>& holds) const {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!holds(remote())) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(5ms);
    }
    return true;
  }
  [[nodiscard]] bool wait_until_reachable() const {
    return wait_for([](const RemoteFigures& figures) { return figures.is_reachable; });
  }
  [[nodiscard]] bool wait_until_away() const {
    return wait_for([](const RemoteFigures& figures) { return !figures.is_reachable; });
  }
  void finish() { store_.finish(); }

  static constexpr Second kStart = 1000;
  std::vector<Answer> answers;

 private:
  static Config config(const std::string& url, const std::function<void(Config&)>& change) {
    Config config;
    config.address = redis::parse_address(url);
    config.timeout = 10s;
    config.must_answer_at_start = true;
    config.trusts_first_data = true;
    change(config);
    return config;
  }
  [[nodiscard]] static std::chrono::milliseconds now() { return std::chrono::seconds{kStart} + 500ms; }

  PublishedTime time_;
  RedisStore store_;
};

}  // namespace lastbeat::test
