// A store that spares another one most heartbeats: of each user one goes there in a while.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

#include "store/coalescer.hpp"
#include "store/store.hpp"

namespace lastbeat {

// Stands before a store outside this process. What a Coalescer lets through at once is waited for, and has the store's
// outcome; what it holds back is done when it is taken, and counts here from then on. A user beyond as many as may be
// held is not refused: their heartbeats pass uncoalesced.
//
// What is held back reaches the store up to a window late, so the store has to show users online for a window longer.
// Threads: as every store. Time is the server's clock, as of a Coalescer.
class CoalescingStore final : public Store {
 public:
  using ServerTime = std::function<std::chrono::milliseconds()>;
  struct Config {
    Coalescer::Config coalescer;
    // How often to look for windows that have ended, on a thread of its own. Zero: whoever owns the store calls tick().
    std::chrono::milliseconds interval{100};
  };

  CoalescingStore(std::unique_ptr<Store> store, const Config& config, ServerTime now);
  ~CoalescingStore() override;
  CoalescingStore(const CoalescingStore&) = delete;
  CoalescingStore& operator=(const CoalescingStore&) = delete;

  void execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) override;
  // Sends what windows that have ended held back.
  void tick();
  // Sends all that is held back, and waits until the store has told what became of it.
  void finish() override;

  [[nodiscard]] std::uint64_t online() const noexcept override { return store_->online(); }
  [[nodiscard]] std::uint64_t entries() const noexcept override { return store_->entries(); }
  [[nodiscard]] std::uint64_t max_entries() const noexcept override { return store_->max_entries(); }
  [[nodiscard]] std::uint64_t memory_bytes() const noexcept override { return store_->memory_bytes(); }
  [[nodiscard]] RemoteFigures remote() const noexcept override;
  [[nodiscard]] bool can_count() const noexcept override { return store_->can_count(); }
  [[nodiscard]] bool can_list() const noexcept override { return store_->can_list(); }
  [[nodiscard]] OnlinePage list_online(std::uint64_t cursor, std::size_t limit) override {
    return store_->list_online(cursor, limit);
  }
  [[nodiscard]] std::size_t parts() const noexcept override { return store_->parts(); }
  PassResult pass(std::size_t part) noexcept override { return store_->pass(part); }

 private:
  class Delivery;

  // With the lock: what is to go to the store of this command, if it is to go there at once.
  [[nodiscard]] std::optional<Coalescer::Outgoing> admit(const Command& command, Coalescer::Time now, Answer& answer);
  void pack(const std::vector<Coalescer::Parcel>& parcels, Coalescer::Time now);
  // Without the lock: hands what waits in outgoing_ to the store, in order, unless another thread does.
  void forward();

  const Rules rules_;
  const ServerTime now_;

  mutable std::mutex mutex_;  // of the following
  Coalescer coalescer_;
  std::deque<std::unique_ptr<Delivery>> outgoing_;
  bool is_forwarding_ = false;
  std::size_t flying_ = 0;  // heartbeats and leaves sent at the end of a window, of which nothing has been told yet
  std::condition_variable told_;
  bool is_stopping_ = false;
  std::condition_variable stopped_;

  std::unique_ptr<Store> store_;  // before all of the above is gone, it tells what became of everything
  std::thread ticker_;
};

}  // namespace lastbeat
