// One conversation of a check.
#pragma once

#include <chrono>
#include <cstdint>
#include <queue>
#include <random>
#include <span>
#include <vector>

#include "bench/check_totals.hpp"
#include "bench/checked_users.hpp"
#include "bench/list_change.hpp"
#include "bench/options.hpp"
#include "lastbeat/client.hpp"

namespace lastbeat::bench {

// Sends everything about its share of the users, so that the order of each user's commands is known, and asks about all
// users. Users beat every third of a ttl; some fall silent for up to three ttl instead, and some of those leave, a part
// of them only to be back at once, and a part of these to leave again. Threads: one a checker.
class Checker {
 public:
  // The users that a checker sends about, every `step`-th from `first` on, and how many it puts into a request.
  struct Share {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    std::uint32_t step = 1;
    std::uint32_t batch = 1;
  };

  // `server` is what hello told when the check began, `change` may be null. They must outlive the checker. Connects
  // nothing.
  Checker(const CheckOptions& options, const ServerInfo& server, const Share& share, std::uint64_t seed,
          CheckedUsers& users, CheckTotals& totals, ListChange* change);

  // Sends about the users whose time has come, and asks and judges once. Connects when there is no connection.
  void step();
  // step() connects anew.
  void close_connection();
  // Until `end`, or SIGINT, or until it is over.
  void run(Nanoseconds end);
  // The server is gone or is another one. Nodes may come and go.
  [[nodiscard]] bool is_over() const noexcept { return is_over_; }

 private:
  struct Due {
    Nanoseconds when;
    std::uint32_t index;
    friend bool operator>(const Due& a, const Due& b) { return a.when > b.when; }
  };
  // Commands of one request.
  struct Batch {
    SentCommand::Kind kind = SentCommand::Kind::kHeartbeat;
    Client::Age age = {};
    std::vector<std::uint32_t> indexes = {};
  };

  [[nodiscard]] static Client new_client(const CheckOptions& options);
  void send_due();
  void send(std::span<const Batch> batches);
  void take_outcomes(std::span<const Batch> batches, const Result<std::vector<Result<PipelineReply>>>& outcomes);
  void take_change();
  void ask();
  void judge(std::uint32_t index, const ReceivedStatus& status);
  void fail(const Error& error);
  // False, and an error, and the end of the check, when it is not.
  [[nodiscard]] bool is_same_server();

  [[nodiscard]] std::uint32_t choose();
  [[nodiscard]] Nanoseconds interval() const;
  [[nodiscard]] Nanoseconds random_below(Nanoseconds limit);
  [[nodiscard]] bool one_in(std::uint64_t n) { return random_() % n == 0; }
  [[nodiscard]] std::vector<UserId> ids_of(std::span<const std::uint32_t> indexes) const;

  const CheckOptions& options_;
  const std::uint32_t batch_;
  const std::chrono::seconds ttl_;
  const std::uint64_t life_;
  CheckedUsers& users_;
  CheckTotals& totals_;
  ListChange* change_;  // null: none is to come
  std::mt19937_64 random_;
  Client client_;
  bool is_over_ = false;
  double falls_silent_ = 0;  // chance at a heartbeat
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::vector<std::uint32_t> silent_;  // who fell silent lately
};

}  // namespace lastbeat::bench
