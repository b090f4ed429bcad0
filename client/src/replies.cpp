#include "replies.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include "protocol/reply.hpp"

namespace lastbeat {
namespace {

std::optional<std::chrono::seconds> to_age(std::uint32_t age_s) {
  if (age_s == protocol::DetailedStatus::kNoAge) return std::nullopt;
  return std::chrono::seconds{age_s};
}

}  // namespace

bool read_written(Payload payload, WriteResult& sum) {
  const auto reply = protocol::read_write_reply(payload);
  if (!reply) return false;
  sum.refused += reply->refused;
  sum.too_old += reply->too_old;
  return true;
}

bool read_statuses(Payload payload, std::span<Presence> into) {
  if (payload.size() < protocol::compact_status_bytes(into.size())) return false;
  for (std::size_t i = 0; i < into.size(); ++i) into[i] = protocol::compact_status_at(payload, i);
  return true;
}

bool read_statuses(Payload payload, std::span<const UserId> users, std::span<UserStatus> into) {
  if (payload.size() < protocol::detailed_status_bytes(into.size())) return false;
  for (std::size_t i = 0; i < into.size(); ++i) {
    const auto status = protocol::detailed_status_at(payload, i);
    into[i] = {.user = users[i], .presence = status.presence, .age = to_age(status.age_s)};
  }
  return true;
}

bool read_page(Payload payload, std::uint8_t flags, UserPage& page) {
  const auto reply = protocol::read_online_reply(payload);
  if (!reply) return false;
  const protocol::IdList ids{reply->id_bytes, true};
  page.users.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) page.users.push_back(ids[i]);
  page.next_cursor = reply->next_cursor;
  page.more = (flags & protocol::reply_flag::kMore) != 0;
  return true;
}

bool read_count(Payload payload, UserCount& count) {
  const auto reply = protocol::read_count_reply(payload);
  if (!reply) return false;
  count = {.online = reply->online, .entries = reply->entries};
  return true;
}

bool read_stats(Payload payload, Stats& stats) {
  for (std::string_view text = protocol::as_text(payload); !text.empty();) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto space = line.find(' ');
    if (space != std::string_view::npos) stats.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return true;
}

bool read_hello(Payload payload, ServerInfo& info) {
  const auto hello = protocol::read_hello_reply(payload);
  if (!hello) return false;
  info = {.version = hello->version,
          .max_payload_bytes = hello->max_payload_bytes,
          .max_ids = hello->max_ids,
          .ttl = std::chrono::seconds{hello->ttl_s},
          .interval = std::chrono::milliseconds{hello->interval_ms},
          .doubt_left = std::chrono::seconds{hello->doubt_left_s},
          .life = hello->life};
  return true;
}

std::size_t most_ids_in_a_request(const ServerInfo& server) noexcept {
  constexpr std::size_t kAgeBytes = 4;
  const std::size_t payload = std::min(server.max_payload_bytes, protocol::kLargestPayload);
  const std::size_t fitting = payload > kAgeBytes ? (payload - kAgeBytes) / sizeof(UserId) : 0;
  return std::max<std::size_t>(1, std::min<std::size_t>(server.max_ids, fitting));
}

Result<std::optional<protocol::Age>> to_wire(std::optional<std::chrono::milliseconds> age) {
  if (!age) return std::optional<protocol::Age>{};
  if (age->count() < 0 || age->count() > std::numeric_limits<std::uint32_t>::max()) {
    return Error{.kind = ErrorKind::kInvalidArgument,
                 .message = "an age of " + std::to_string(age->count()) + " ms; allowed: 0 to 4294967295 ms"};
  }
  return std::optional{protocol::Age{static_cast<std::uint32_t>(age->count())}};
}

}  // namespace lastbeat
