// A store that is other Lastbeat servers: what makes this one a sidecar.
#pragma once

#include <asio.hpp>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "lastbeat/async_client.hpp"
#include "store/coalescer.hpp"
#include "store/store.hpp"
#include "upstream/node_watch.hpp"
#include "upstream/permissions.hpp"

namespace lastbeat {

// Heartbeats and leaves are taken at once, into a Coalescer, and go upstream from there: their outcome says that they
// are kept here, not that they have arrived. A status is asked for upstream, and what has been taken here and may not
// be known there counts as well. A user about whom nobody can be asked, and of whom nothing is held, is kUnavailable.
//
// A batch without a status never waits; one with statuses waits for the upstream's answer, for
// ClientOptions::request_timeout at most.
//
// Threads: as every store. One of its own speaks with the upstream.
class UpstreamStore final : public Store {
 public:
  struct Config {
    ClientOptions client;
    Coalescer::Config coalescer;
  };
  // The server's clock, in milliseconds (see Coalescer). Any thread.
  using ServerTime = std::function<std::chrono::milliseconds()>;
  static constexpr std::chrono::milliseconds kTick{100};           // windows end up to this late
  static constexpr std::chrono::milliseconds kPollInterval{1000};  // how often the upstream is asked how it is

  // Connects on its own thread. Throws std::invalid_argument as AsyncClient does.
  UpstreamStore(const Config& config, ServerTime now);
  ~UpstreamStore() override;
  UpstreamStore(const UpstreamStore&) = delete;
  UpstreamStore& operator=(const UpstreamStore&) = delete;

  void execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) override;
  // As the upstream said last.
  [[nodiscard]] std::uint64_t online() const noexcept override { return online_; }
  [[nodiscard]] std::uint64_t entries() const noexcept override { return entries_; }
  [[nodiscard]] RemoteFigures remote() const noexcept override;
  // Not before it has said anything, nor while it says that it may not, or cannot, tell.
  [[nodiscard]] bool can_count() const noexcept override { return is_counted_; }
  void finish() override;

 private:
  // One with statuses.
  struct Batch {
    std::span<const Command> commands;
    std::span<Answer> answers;
    BatchCompletion* done = nullptr;
    std::size_t writes_end = 0;  // from here on there are only statuses
    std::size_t taken = 0;       // so many commands are
    std::size_t asked = 0;       // of them, statuses without an answer
    bool is_partly = false;
  };
  enum class Way : std::uint8_t { kOpen, kRefused, kAway };
  struct Question {
    std::shared_ptr<Batch> batch;
    std::size_t place = 0;
    Stamp held;
  };

  // --- with the lock ---
  void take(const std::shared_ptr<Batch>& batch, Coalescer::Time now);
  void wake();

  // --- on the thread of its own ---
  void work();
  void send(Coalescer::Parcel parcel);
  void settle(const Coalescer::Parcel& parcel, const Result<WriteResult>& written);
  void ask(std::vector<Question> questions);
  void answer(const std::vector<Question>& questions, const Result<std::vector<UserStatus>>& statuses);
  void repeat(asio::steady_timer& timer, std::chrono::milliseconds interval, void (UpstreamStore::*act)());
  void poll();
  void poll_count();
  void end_poll();
  void hear(const std::vector<NodeInfo>& nodes);
  void hear_of(Permissions::Asked asked, const Error* error);
  void tell_way();
  void tell_ttl(std::chrono::seconds theirs);
  void end_call();

  const Rules rules_;
  const ServerTime now_;

  mutable std::mutex mutex_;  // of the following
  Coalescer coalescer_;
  std::vector<Question> questions_;                 // nobody has asked them yet
  std::vector<std::shared_ptr<Batch>> unfinished_;  // of which not every command has been taken
  bool is_awake_ = false;                           // work() will run

  std::atomic<std::uint64_t> online_{0};
  std::atomic<std::uint64_t> entries_{0};
  std::atomic<bool> is_counted_{false};  // these two mean something
  std::atomic<std::uint64_t> operations_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> too_old_{0};
  std::atomic<std::uint64_t> nodes_{0};
  std::atomic<std::uint64_t> nodes_reachable_{0};
  std::atomic<bool> is_reachable_{false};  // some node answers, and not all that users ask is refused

  // Used on the thread alone.
  std::size_t calls_ = 0;  // on their way
  bool is_polling_ = false;
  bool is_finishing_ = false;
  NodeWatch node_watch_;
  Permissions permissions_;
  std::string away_reason_;           // of the first node, when none answers
  std::optional<Way> way_told_;       // to the log
  std::chrono::seconds ttl_told_{0};  // the upstream's, if it was told to be another one

  asio::io_context context_{1};
  AsyncClient client_;
  asio::steady_timer tick_{context_};
  asio::steady_timer poll_timer_{context_};
  std::thread thread_;  // last: it uses everything above
};

}  // namespace lastbeat
