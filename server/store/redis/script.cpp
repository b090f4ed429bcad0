#include "redis/script.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "protocol/resp.hpp"

namespace lastbeat::redis {

// The rules are those of server/table/rules.hpp, with the second of Redis' own clock. A key expires in the very second
// in which nothing more is to be said about its user.
const std::string_view kScript = R"(
local time = redis.call('TIME')
local now = tonumber(time[1])
local now_ms = now * 1000 + math.floor(tonumber(time[2]) / 1000)
local users = #KEYS
local ttl, retain = tonumber(ARGV[1]), tonumber(ARGV[2])
local replies = {}

for i = 1, users do
  local key, command = KEYS[i], ARGV[i + 2]
  local kind = string.sub(command, 1, 1)
  local held = redis.pcall('GET', key)
  local old = held and tonumber(held)
  if held and not old then
    replies[i] = -2
  elseif kind == 'S' then
    if old then
      replies[i] = 2 * math.max(now - math.floor(old / 2), 0) + old % 2
    else
      replies[i] = -1
    end
  else
    local left = kind == 'L' and 1 or 0
    local second = now
    if #command > 1 then
      second = math.floor((now_ms - tonumber(string.sub(command, 2))) / 1000)
    elseif old and math.floor(old / 2) >= now then
      if left == 1 then
        second = math.floor(old / 2)
      elseif old % 2 == 1 then
        second = math.min(math.floor(old / 2) + 1, now + 1)
      end
    end
    if second + ttl < now then
      replies[i] = 1
    else
      local stamp = 2 * second + left
      if not old or stamp > old then
        local set = redis.pcall('SET', key, string.format('%.0f', stamp),
                                'PXAT', string.format('%.0f', (second + retain + 1) * 1000))
        if not set.err then
          replies[i] = 0
        elseif string.find(set.err, 'OOM', 1, true) then
          replies[i] = -3
        else
          return set
        end
      else
        replies[i] = 0
      end
    end
  end
end
return replies
)";

namespace {

namespace resp = protocol::resp;
using std::chrono::milliseconds;

// Numbers as text, without memory of their own.
class Digits {
 public:
  explicit Digits(std::uint64_t number) noexcept
      : size_{static_cast<std::size_t>(std::to_chars(text_.data(), text_.data() + text_.size(), number).ptr -
                                       text_.data())} {}
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, 20> text_{};
  std::size_t size_;
};

char letter_of(CommandKind kind) noexcept {
  switch (kind) {
    case CommandKind::kHeartbeat:
      return 'H';
    case CommandKind::kLeave:
      return 'L';
    case CommandKind::kStatus:
      break;
  }
  return 'S';
}

std::uint64_t age_of(const Command& command, milliseconds now) noexcept {
  const milliseconds happened = std::chrono::seconds{command.second} + milliseconds{command.millisecond};
  return now > happened ? static_cast<std::uint64_t>((now - happened).count()) : 0;
}

}  // namespace

void append_call(Buffer& out, std::string_view script_hash, const ScriptCall& call) {
  constexpr std::size_t kWordsBesides = 5;  // EVALSHA, hash, number of keys, ttl, retain
  resp::append_array(out, kWordsBesides + 2 * call.commands.size());
  resp::append_bulk(out, "EVALSHA");
  resp::append_bulk(out, script_hash);
  resp::append_bulk(out, Digits{call.commands.size()}.text());
  std::string word;
  for (const Command& command : call.commands) {
    word.assign(call.prefix).append(Digits{static_cast<std::uint64_t>(command.user)}.text());
    resp::append_bulk(out, word);
  }
  resp::append_bulk(out, call.ttl);
  resp::append_bulk(out, call.retain);
  for (const Command& command : call.commands) {
    word.assign(1, letter_of(command.kind));
    const bool has_age = command.kind != CommandKind::kStatus && command.second != Command::kOnArrival;
    if (has_age) word.append(Digits{age_of(command, call.now)}.text());
    resp::append_bulk(out, word);
  }
}

Answer answer_of(CommandKind kind, std::int64_t number, const Rules& rules, bool in_doubt) noexcept {
  Answer answer;
  if (number == script_reply::kForeign) {
    answer.presence = Presence::kUnknown;
    answer.outcome = Outcome::kUnavailable;
    return answer;
  }
  if (kind != CommandKind::kStatus) {
    if (number == script_reply::kTooOld) answer.outcome = Outcome::kTooOld;
    if (number == script_reply::kFull) answer.outcome = Outcome::kRefused;
    return answer;
  }
  answer.presence = in_doubt ? Presence::kUnknown : Presence::kOffline;
  if (number < 0) return answer;
  answer.age_s = static_cast<std::uint32_t>(std::min<std::int64_t>(number / 2, Answer::kNoAge - 1));
  if (number % 2 != 0) {
    answer.presence = Presence::kLeft;
  } else if (answer.age_s <= rules.ttl) {
    answer.presence = Presence::kOnline;
  }
  return answer;
}

}  // namespace lastbeat::redis
