// One call on its way: what it sends, how it takes the replies, whom it tells.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "lastbeat/answers.hpp"
#include "lastbeat/result.hpp"
#include "protocol/types.hpp"
#include "protocol/wire.hpp"

namespace lastbeat {

// What a node has to do, against what it may have to do at most. Threads: any.
class Load {
 public:
  Load(std::size_t most_calls, std::size_t most_users) noexcept : most_calls_{most_calls}, most_users_{most_users} {}

  // False when there is no room. A call of more users than are ever allowed has room when there is no other.
  [[nodiscard]] bool add(std::size_t users) noexcept {
    const std::size_t calls = calls_.fetch_add(1, std::memory_order_relaxed);
    const std::size_t before = users_.fetch_add(users, std::memory_order_relaxed);
    if (calls < most_calls_ && (calls == 0 || before + users <= most_users_)) return true;
    remove(users);
    return false;
  }
  void remove(std::size_t users) noexcept {
    users_.fetch_sub(users, std::memory_order_relaxed);
    calls_.fetch_sub(1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t calls() const noexcept { return calls_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t most_calls() const noexcept { return most_calls_; }
  [[nodiscard]] std::size_t most_users() const noexcept { return most_users_; }

 private:
  const std::size_t most_calls_;
  const std::size_t most_users_;
  std::atomic<std::size_t> calls_{0};
  std::atomic<std::size_t> users_{0};
};

// A call's place in the load, as long as it lives.
class Place {
 public:
  Place() = default;
  // Takes over what load.add(users) has added.
  Place(Load& load, std::size_t users) noexcept : load_{&load}, users_{users} {}
  Place(Place&& other) noexcept : load_{std::exchange(other.load_, nullptr)}, users_{other.users_} {}
  Place& operator=(Place&&) = delete;
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    if (load_ != nullptr) load_->remove(users_);
  }

 private:
  Load* load_ = nullptr;
  std::size_t users_ = 0;
};

class Call {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Call(protocol::Opcode opcode) noexcept : opcode_{opcode} {}
  virtual ~Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Appends one request or more, of this call's opcode and with tags that count up from `first_tag`; returns how many.
  // `waited`: since the call was made. Called again when the requests are to be repeated on another connection.
  virtual std::size_t append(Buffer& out, std::uint16_t first_tag, const ServerInfo& server,
                             std::chrono::milliseconds waited) = 0;
  // The reply to request i, which is no error. False: it is too short.
  [[nodiscard]] virtual bool take(std::size_t i, std::span<const std::byte> payload, std::uint8_t flags) = 0;

  // Tells the outcome, once: later ones are ignored.
  void finish(std::optional<Error> error) {
    if (!std::exchange(is_finished_, true)) tell(std::move(error));
  }
  [[nodiscard]] bool is_finished() const noexcept { return is_finished_; }
  [[nodiscard]] protocol::Opcode opcode() const noexcept { return opcode_; }

 private:
  virtual void tell(std::optional<Error> error) = 0;

  const protocol::Opcode opcode_;
  bool is_finished_ = false;

  // The book-keeping of the node.
  friend class NodeConnection;
  std::uint64_t id_ = 0;  // by which it may be cancelled; 0: never
  std::optional<Place> place_;
  Clock::time_point made_;
  bool was_waiting_ = false;
  bool was_repeated_ = false;
  std::uint16_t first_tag_ = 0;
  std::size_t requests_ = 0;
  std::size_t taken_ = 0;         // replies
  std::optional<Error> refusal_;  // the first
};

}  // namespace lastbeat
