#include "upstream/permissions.hpp"

#include "protocol/wire.hpp"

namespace lastbeat {
namespace {

bool is_server_error(const Error& error, protocol::ErrorCode code) noexcept {
  return error.kind == ErrorKind::kServer && error.server_code == static_cast<std::uint16_t>(code);
}

constexpr std::array<const char*, 3> kNames{"heartbeats", "statuses", "to count"};
constexpr std::array<const char*, 3> kScopes{"heartbeat", "status", "status"};

}  // namespace

bool wants_token(const Error& error) noexcept { return is_server_error(error, protocol::ErrorCode::kUnauthenticated); }
bool lacks_scope(const Error& error) noexcept { return is_server_error(error, protocol::ErrorCode::kForbidden); }

std::optional<std::string> Permissions::hear(Asked asked, const Error* error, Time now) {
  const Word word = word_of(error);
  if (word == Word::kNone) return std::nullopt;
  const Word count_before = count_;
  note(asked, word);
  if (!is_refused(word)) return std::nullopt;
  // The count is asked for every second, and may be of no use to anybody here: once is enough.
  if (asked == Asked::kCount && word == count_before) return std::nullopt;
  const auto place = static_cast<std::size_t>(asked);
  if (!log_limits_[place].allow(now)) return std::nullopt;
  std::string line = "the upstream refuses " + std::string{kNames[place]} + ": " + error->message;
  if (word == Word::kNoScope) line.append(", it lacks the scope ").append(kScopes[place]);
  return line + kTokenAdvice;
}

// Whatever else the server says of a request, it says to somebody who may ask. An error on the way says nothing, nor
// does a goodbye.
Permissions::Word Permissions::word_of(const Error* error) noexcept {
  if (error == nullptr) return Word::kAllowed;
  constexpr std::uint16_t kFirstGoodbye = 64;
  if (error->kind != ErrorKind::kServer || error->server_code >= kFirstGoodbye) return Word::kNone;
  if (wants_token(*error)) return Word::kNoToken;
  return lacks_scope(*error) ? Word::kNoScope : Word::kAllowed;
}

void Permissions::note(Asked asked, Word word) noexcept {
  if (word == Word::kNoToken && !has_several_) {
    heartbeats_ = statuses_ = count_ = word;
    return;
  }
  if (word != Word::kNoToken) {
    // Signed in after all: the rest is to be heard of again.
    for (Word* const other : {&heartbeats_, &statuses_}) {
      if (*other == Word::kNoToken) *other = Word::kNone;
    }
  }
  if (asked == Asked::kHeartbeats) heartbeats_ = word;
  if (asked == Asked::kStatuses) statuses_ = word;
  if (asked != Asked::kCount) return;
  count_ = word;
  // What users are told counts for more than what this server is: one node's refusal is one of the whole count.
  if (word == Word::kAllowed || statuses_ != Word::kAllowed) statuses_ = word;
  if (word == Word::kNoToken && heartbeats_ != Word::kAllowed) heartbeats_ = word;
}

}  // namespace lastbeat
