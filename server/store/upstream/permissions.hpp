// What the upstream lets this server do, as far as its answers have told.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "lastbeat/result.hpp"
#include "ops/rate_limit.hpp"

namespace lastbeat {

// An upstream that answers may still refuse whatever users ask: it wants a token, or one with another scope. Nobody can
// ask it for its rules, so they are learnt from what becomes of calls. Time is handed in. Threads: one.
class Permissions {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Who asked: users, or this server itself, for the count. That needs the same scope as statuses.
  enum class Asked : std::uint8_t { kHeartbeats, kStatuses, kCount };
  static constexpr std::chrono::seconds kInterval{10};  // between two lines of the log about the same

  // Of several nodes one may refuse what others do.
  explicit Permissions(bool has_several) noexcept : has_several_{has_several} {}

  // What became of a call; `error` is null when all or some of it was done. Returns a line for the log, or nothing.
  [[nodiscard]] std::optional<std::string> hear(Asked asked, const Error* error, Time now);
  // Neither heartbeats nor statuses get through.
  [[nodiscard]] bool refuses_all() const noexcept { return is_refused(heartbeats_) && is_refused(statuses_); }

 private:
  enum class Word : std::uint8_t { kNone, kAllowed, kNoToken, kNoScope };
  [[nodiscard]] static bool is_refused(Word word) noexcept { return word == Word::kNoToken || word == Word::kNoScope; }
  [[nodiscard]] static Word word_of(const Error* error) noexcept;
  void note(Asked asked, Word word) noexcept;

  const bool has_several_;
  Word heartbeats_ = Word::kNone;
  Word statuses_ = Word::kNone;
  Word count_ = Word::kNone;
  std::array<RateLimit, 3> log_limits_{RateLimit{kInterval}, RateLimit{kInterval}, RateLimit{kInterval}};  // by Asked
};

// The upstream wants a token, and has none of this server that is good.
[[nodiscard]] bool wants_token(const Error& error) noexcept;
// The token is good, but not for this.
[[nodiscard]] bool lacks_scope(const Error& error) noexcept;
// For the log: what to look at.
inline constexpr const char* kTokenAdvice =
    "; --upstream-token-file must hold a token that is good there, of the scopes heartbeat and status";

}  // namespace lastbeat
