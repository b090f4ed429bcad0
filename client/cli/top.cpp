#include "command/top.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <string_view>
#include <utility>

#include "text/json_writer.hpp"

namespace lastbeat::cli {
namespace {

using Field = std::uint64_t NodeReading::*;

constexpr std::array kStats{
    std::pair{std::string_view{"online"}, &NodeReading::online},
    std::pair{std::string_view{"online_known"}, &NodeReading::online_known},
    std::pair{std::string_view{"connections"}, &NodeReading::connections},
    std::pair{std::string_view{"heartbeats"}, &NodeReading::heartbeats},
    std::pair{std::string_view{"statuses"}, &NodeReading::statuses},
    std::pair{std::string_view{"leaves"}, &NodeReading::leaves},
    std::pair{std::string_view{"turn_p50_ns"}, &NodeReading::p50_ns},
    std::pair{std::string_view{"turn_p99_ns"}, &NodeReading::p99_ns},
    std::pair{std::string_view{"rss_bytes"}, &NodeReading::rss_bytes},
};

void put(NodeReading& reading, std::string_view name, const std::string& value) {
  if (name == "error") {
    reading.error = value;
    return;
  }
  std::uint64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  if (name.starts_with("refused_")) reading.refused += number;
  const auto* const found = std::find_if(kStats.begin(), kStats.end(), [&](const auto& s) { return s.first == name; });
  if (found != kStats.end()) reading.*found->second = number;
}

// A second.
struct Rates {
  std::uint64_t heartbeats = 0;
  std::uint64_t statuses = 0;
  std::uint64_t leaves = 0;
  std::uint64_t refused = 0;
};

Rates rates_of(std::span<const NodeReading> before, const NodeReading& now, std::chrono::duration<double> elapsed) {
  const auto old = std::find_if(before.begin(), before.end(), [&](const auto& b) { return b.node == now.node; });
  if (old == before.end() || !old->error.empty() || !now.error.empty()) return {};
  const auto rate = [&](Field field) {
    if (now.*field < (*old).*field) return std::uint64_t{0};
    return static_cast<std::uint64_t>(std::llround(static_cast<double>(now.*field - (*old).*field) / elapsed.count()));
  };
  return {.heartbeats = rate(&NodeReading::heartbeats),
          .statuses = rate(&NodeReading::statuses),
          .leaves = rate(&NodeReading::leaves),
          .refused = rate(&NodeReading::refused)};
}

// Longer names are shown with their ends only, which differ.
std::string shortened(const std::string& name, std::size_t width) {
  return name.size() <= width ? name : ".." + name.substr(name.size() - width + 2);
}

constexpr std::size_t kNameWidth = 22;

void put_line(std::ostream& out, const NodeReading& node, const Rates& rates) {
  constexpr std::uint64_t kMegabyte = 1'000'000;
  constexpr std::uint64_t kMicrosecond = 1'000;
  out << std::left << std::setw(kNameWidth) << shortened(node.node, kNameWidth) << std::right;
  if (!node.error.empty()) {
    out << ' ' << node.error << '\n';
    return;
  }
  out << std::setw(11) << (node.online_known != 0 ? std::to_string(node.online) : "-") << std::setw(14)
      << rates.heartbeats << std::setw(12) << rates.statuses << std::setw(10) << rates.leaves << std::setw(10)
      << rates.refused << std::setw(9) << node.p50_ns / kMicrosecond << std::setw(9) << node.p99_ns / kMicrosecond
      << std::setw(8) << node.connections << std::setw(8) << node.rss_bytes / kMegabyte << '\n';
}

}  // namespace

std::vector<NodeReading> readings_of(const Stats& stats, const std::string& server) {
  std::vector<NodeReading> readings;
  for (const auto& [name, value] : stats) {
    const std::size_t slash = name.rfind('/');
    const std::string node = slash == std::string::npos ? server : name.substr(0, slash);
    if (readings.empty() || readings.back().node != node) readings.push_back({.node = node, .error = {}});
    put(readings.back(), slash == std::string::npos ? std::string_view{name} : std::string_view{name}.substr(slash + 1),
        value);
  }
  std::sort(readings.begin(), readings.end(), [](const auto& a, const auto& b) { return a.node < b.node; });
  return readings;
}

std::string format_top(std::span<const NodeReading> before, std::span<const NodeReading> now,
                       std::chrono::duration<double> elapsed, int replicas, Format format) {
  if (format == Format::kJson) {
    text::JsonWriter json;
    json.begin_object().key("nodes").begin_array();
    for (const NodeReading& node : now) {
      json.begin_object().key("node").value(node.node);
      if (!node.error.empty()) {
        json.key("error").value(node.error).end_object();
        continue;
      }
      const Rates rates = rates_of(before, node, elapsed);
      json.key("online");
      if (node.online_known != 0) {
        json.value(node.online);
      } else {
        json.null();
      }
      json.key("heartbeats_per_second").value(rates.heartbeats);
      json.key("statuses_per_second").value(rates.statuses).key("leaves_per_second").value(rates.leaves);
      json.key("refused_per_second").value(rates.refused).key("turn_p50_ns").value(node.p50_ns);
      json.key("turn_p99_ns").value(node.p99_ns).key("connections").value(node.connections);
      json.key("rss_bytes").value(node.rss_bytes).end_object();
    }
    json.end_array().end_object();
    return json.text() + "\n";
  }
  std::ostringstream out;
  out << std::left << std::setw(kNameWidth) << "NODE" << std::right << std::setw(11) << "ONLINE" << std::setw(14)
      << "HEARTBEATS/S" << std::setw(12) << "STATUSES/S" << std::setw(10) << "LEAVES/S" << std::setw(10) << "REFUSED/S"
      << std::setw(9) << "P50 us" << std::setw(9) << "P99 us" << std::setw(8) << "CONNS" << std::setw(8) << "MB"
      << '\n';
  std::size_t here = 0;
  NodeReading all{.node = "all", .error = {}};
  Rates sum;
  for (const NodeReading& node : now) {
    const Rates rates = rates_of(before, node, elapsed);
    put_line(out, node, rates);
    here += node.error.empty() ? 1U : 0U;
    sum.heartbeats += rates.heartbeats;
    sum.statuses += rates.statuses;
    sum.leaves += rates.leaves;
    sum.refused += rates.refused;
    all.online += node.online;
    all.online_known = std::min(all.online_known, node.online_known);
    all.connections += node.connections;
    all.rss_bytes += node.rss_bytes;
    all.p50_ns = std::max(all.p50_ns, node.p50_ns);
    all.p99_ns = std::max(all.p99_ns, node.p99_ns);
  }
  const auto copies = static_cast<std::uint64_t>(replicas);
  all.online = (all.online + copies - 1) / copies;
  if (here < now.size()) all.node = "those here";
  if (now.size() > 1 && here != 0) put_line(out, all, sum);
  return out.str();
}

}  // namespace lastbeat::cli
