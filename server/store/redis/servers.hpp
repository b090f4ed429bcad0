// Where calls of the script go: to one server, or to those of a cluster.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "redis/call.hpp"
#include "redis/slot.hpp"
#include "table/stamp.hpp"

namespace lastbeat::redis {

// Told on the executor of the servers.
class ServersOwner {
 public:
  // Who is up may have changed.
  virtual void on_change() = 0;
  // How the first attempt to reach all of them went, once. Empty: well.
  virtual void on_first_attempt(const std::string& reason) = 0;
  // One number of the script's reply, for call.commands[call.answered].
  virtual void on_number(Call& call, std::int64_t number) = 0;
  virtual void on_done(Call& call) = 0;
  // From call.answered on, commands may or may not have counted.
  virtual void on_failed(Call& call) = 0;

 protected:
  ~ServersOwner() = default;
};

[[nodiscard]] inline Second second_of(std::chrono::milliseconds time) noexcept {
  return static_cast<Second>(time / std::chrono::seconds{1});
}

// Users of one slot live on the same server, and their commands may travel in one call. Threads: that of the executor;
// slot_of() any.
class Servers {
 public:
  // Milliseconds of the server's clock: its seconds are those of commands. Any thread.
  using ServerTime = std::function<std::chrono::milliseconds()>;

  virtual ~Servers() = default;
  virtual void start() = 0;
  // Fails what is under way, and tries no more.
  virtual void stop() = 0;
  [[nodiscard]] virtual Slot slot_of(UserId user) const noexcept = 0;
  [[nodiscard]] virtual bool is_up(Slot slot) const noexcept = 0;
  struct Count {
    std::size_t all = 0;
    std::size_t up = 0;
  };
  // Of servers that are known to hold users.
  [[nodiscard]] virtual Count count() const noexcept = 0;
  // Requires that call.slot is up.
  virtual void send(Call call) = 0;
  // Who owns the slot may lack what it, or its forerunner, was told.
  [[nodiscard]] virtual bool in_doubt(Slot slot) const noexcept = 0;
};

}  // namespace lastbeat::redis
