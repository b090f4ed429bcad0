// Who knows which tokens are good. All that others see of keys and files; listeners see it const.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/identity.hpp"

namespace lastbeat::auth {

// Threads: any.
class Authority {
 public:
  Authority() = default;
  virtual ~Authority() = default;
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  // Another number whenever something that was accepted may be refused now, or the other way round. One load.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }

  // nullopt: refused. Why is logged, at a bounded rate, and told to nobody else. Costs up to a tenth of a millisecond
  // (a signature) and allocates; Pass remembers the outcome.
  [[nodiscard]] virtual std::optional<Identity> judge(std::string_view token, UnixSecond now) const = 0;
  // What became of an identity that was accepted in an earlier generation; nullopt: its proof is not good any more.
  [[nodiscard]] virtual std::optional<Identity> renew(const Identity& identity) const = 0;
  // By which Pass knows a token again without keeping it.
  [[nodiscard]] virtual Digest digest(std::string_view token) const = 0;
  // A request was refused for want of a token, or of a scope: for the log, at a bounded rate.
  virtual void note_refusal(std::string_view what) const = 0;

  // Reads its files anew. Throws std::runtime_error that says what is wrong with them: then all stays as it was.
  virtual void reload() = 0;
  // What there is, for the log: "2 service tokens, 1 keys".
  [[nodiscard]] virtual std::string summary() const = 0;

 protected:
  void begin_generation() noexcept { generation_.fetch_add(1, std::memory_order_release); }

 private:
  std::atomic<std::uint64_t> generation_{1};
};

}  // namespace lastbeat::auth
