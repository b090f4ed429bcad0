#include "bench/server_usage.hpp"

#include <unistd.h>

#include <charconv>
#include <cmath>
#include <fstream>

#include "bench/question.hpp"
#include "bench/text_protocol.hpp"

namespace lastbeat::bench {
namespace {

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number number{};
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stopped != text.data() + text.size()) return std::nullopt;
  return number;
}

// The rest of the line that begins with `name`, as a number.
template <class Number>
std::optional<Number> find_number(std::string_view lines, std::string_view name) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find_first_of("\r\n"));
    if (line.starts_with(name)) return read_number<Number>(line.substr(name.size()));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
  }
  return std::nullopt;
}

std::optional<std::chrono::microseconds> sum(std::optional<double> user_seconds, std::optional<double> system_seconds) {
  if (!user_seconds || !system_seconds) return std::nullopt;
  constexpr double kMicroseconds = 1e6;
  return std::chrono::microseconds{std::llround((*user_seconds + *system_seconds) * kMicroseconds)};
}

// Of a process that is really memcached: in another container the same pid is somebody else's.
std::optional<std::uint64_t> rss_of_memcached(std::uint64_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  std::string name;
  if (!std::getline(std::ifstream{folder + "/comm"}, name) || name != "memcached") return std::nullopt;
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  if (std::ifstream statm{folder + "/statm"}; !(statm >> total_pages >> resident_pages)) return std::nullopt;
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::optional<ServerUsage> ask_redis(const text::Endpoint& server) {
  // $SIZE, SIZE bytes and a line's end; or an error.
  const auto is_whole = [](std::string_view text) {
    const Line head = cut_line(text);
    if (!head.is_whole) return head.is_bad;
    const auto size = head.text.starts_with('$') ? read_size(head.text.substr(1)) : std::nullopt;
    return !size || text.size() >= head.size_bytes() + *size + 2;
  };
  const auto answer = ask(server, "*1\r\n$4\r\nINFO\r\n", is_whole);
  return answer ? read_redis_usage(answer->text) : std::nullopt;
}

std::optional<ServerUsage> ask_memcache(const text::Endpoint& server) {
  const auto answer = ask(server, "stats\r\n",
                          [](std::string_view text) { return text.ends_with("END\r\n") || text.starts_with('E'); });
  if (!answer) return std::nullopt;
  return read_memcache_usage(answer->text, [&](std::uint64_t pid) {
    return answer->is_from_this_machine ? rss_of_memcached(pid) : std::nullopt;
  });
}

}  // namespace

std::optional<ServerUsage> read_lastbeat_usage(std::string_view stats) {
  const auto cpu = find_number<std::uint64_t>(stats, "cpu_us ");
  if (!cpu) return std::nullopt;
  auto open_files = find_number<std::uint64_t>(stats, "open_files ");
  if (open_files == 0U) open_files.reset();
  return ServerUsage{.rss_bytes = find_number<std::uint64_t>(stats, "rss_bytes "),
                     .cpu = std::chrono::microseconds{*cpu},
                     .open_files = open_files};
}

std::optional<ServerUsage> read_redis_usage(std::string_view info) {
  const auto cpu = sum(find_number<double>(info, "used_cpu_user:"), find_number<double>(info, "used_cpu_sys:"));
  if (!cpu) return std::nullopt;
  return ServerUsage{.rss_bytes = find_number<std::uint64_t>(info, "used_memory_rss:"), .cpu = *cpu};
}

std::optional<ServerUsage> read_memcache_usage(std::string_view stats, const FindRss& rss_of) {
  const auto cpu =
      sum(find_number<double>(stats, "STAT rusage_user "), find_number<double>(stats, "STAT rusage_system "));
  if (!cpu) return std::nullopt;
  const auto pid = find_number<std::uint64_t>(stats, "STAT pid ");
  return ServerUsage{.rss_bytes = pid ? rss_of(*pid) : std::nullopt, .cpu = *cpu};
}

std::optional<ServerUsage> ask_server_usage(Client& client) {
  const auto stats = client.stats();
  if (!stats) return std::nullopt;
  std::string lines;
  for (const auto& [name, value] : stats.value()) lines.append(name).append(" ").append(value).append("\n");
  return read_lastbeat_usage(lines);
}

std::optional<ServerUsage> ask_server_usage(Protocol protocol, const text::Endpoint& server, ClientOptions access) {
  switch (protocol) {
    case Protocol::kLastbeat: {
      access.server = text::to_string(server);
      access.connect_attempts = 1;
      Client client{std::move(access)};
      return ask_server_usage(client);
    }
    case Protocol::kRedis:
      return ask_redis(server);
    case Protocol::kMemcache:
      return ask_memcache(server);
    case Protocol::kEcho:
      break;
  }
  return std::nullopt;
}

}  // namespace lastbeat::bench
