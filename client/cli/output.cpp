#include "command/output.hpp"

#include <algorithm>

#include "text/json_writer.hpp"

namespace lastbeat::cli {
namespace {

using text::JsonWriter;

std::string to_text(UserId user) { return std::to_string(static_cast<std::uint64_t>(user)); }

const char* status_name(Presence presence) {
  switch (presence) {
    case Presence::kOnline:
      return "online";
    case Presence::kUnknown:
    case Presence::kNoAnswer:
      return "unknown";
    case Presence::kOffline:
    case Presence::kLeft:
      break;
  }
  return "offline";
}

const char* code_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kConnect:
      return "connect";
    case ErrorKind::kTimeout:
      return "timeout";
    case ErrorKind::kClosed:
      return "closed";
    case ErrorKind::kServer:
      return "server";
    case ErrorKind::kProtocol:
      return "protocol";
    case ErrorKind::kBusy:
      return "busy";
    case ErrorKind::kCancelled:
      return "cancelled";
    case ErrorKind::kInvalidArgument:
      break;
  }
  return "invalid_argument";
}

std::string line(const JsonWriter& json) { return json.text() + "\n"; }

}  // namespace

std::string format_statuses(std::span<const UserStatus> statuses, Format format) {
  if (format == Format::kText) {
    std::string lines;
    for (const UserStatus& status : statuses) {
      lines.append(to_text(status.user)).append(" ").append(status_name(status.presence));
      if (status.presence == Presence::kLeft) lines += " left";
      if (status.age) lines.append(" ").append(std::to_string(status.age->count())).append("s");
      lines += '\n';
    }
    return lines;
  }
  JsonWriter json;
  json.begin_array();
  for (const UserStatus& status : statuses) {
    json.begin_object().key("user_id").value(to_text(status.user));
    json.key("status").value(status_name(status.presence));
    json.key("left").value(status.presence == Presence::kLeft).key("age_seconds");
    if (status.age) {
      json.value(static_cast<std::uint64_t>(status.age->count()));
    } else {
      json.null();
    }
    json.end_object();
  }
  json.end_array();
  return line(json);
}

std::string format_write(std::size_t users, const WriteResult& result, Format format) {
  const std::uint64_t lost = result.refused + result.too_old;
  if (format == Format::kText) return lost == 0 ? "ok\n" : "";
  JsonWriter json;
  json.begin_object().key("accepted").value(std::uint64_t{users} - lost);
  json.key("refused").value(result.refused).key("too_old").value(result.too_old).end_object();
  return line(json);
}

std::string format_users(std::span<const UserId> users, Format format) {
  if (format == Format::kText) {
    std::string lines;
    for (const UserId user : users) lines.append(to_text(user)).append("\n");
    return lines;
  }
  JsonWriter json;
  json.begin_object().key("user_ids").begin_array();
  for (const UserId user : users) json.value(to_text(user));
  json.end_array().end_object();
  return line(json);
}

std::string format_count(const UserCount& count, Format format) {
  if (format == Format::kText) return std::to_string(count.online) + "\n";
  JsonWriter json;
  json.begin_object().key("online").value(count.online).key("entries").value(count.entries).end_object();
  return line(json);
}

std::string format_stats(std::span<const std::pair<std::string, std::string>> stats, Format format) {
  if (format == Format::kText) {
    std::string lines;
    for (const auto& [name, value] : stats) lines.append(name).append(" ").append(value).append("\n");
    return lines;
  }
  JsonWriter json;
  json.begin_object();
  for (const auto& [name, value] : stats) {
    constexpr std::size_t kMostDigits = 19;  // any number of so many digits fits into 64 bits
    const bool is_number = !value.empty() && value.size() <= kMostDigits &&
                           std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    json.key(name);
    if (is_number) {
      json.value(std::uint64_t{std::stoull(value)});
    } else {
      json.value(value);
    }
  }
  json.end_object();
  return line(json);
}

std::string format_ping(std::chrono::nanoseconds round_trip, Format format) {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(round_trip).count();
  if (format == Format::kText) return "pong " + std::to_string(microseconds) + "us\n";
  JsonWriter json;
  json.begin_object().key("microseconds").value(static_cast<std::uint64_t>(microseconds)).end_object();
  return line(json);
}

std::string format_error(const Error& error, Format format) {
  if (format == Format::kText) return "lastbeat: " + error.message + "\n";
  JsonWriter json;
  json.begin_object().key("error").begin_object();
  json.key("code").value(code_name(error.kind)).key("message").value(error.message);
  json.end_object().end_object();
  return line(json);
}

}  // namespace lastbeat::cli
