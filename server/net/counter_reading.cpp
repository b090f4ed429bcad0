#include "net/counter_reading.hpp"

namespace lastbeat {
namespace {

constexpr std::string_view kHttp = "http";
constexpr std::string_view kHttpPrefix = "http_";
constexpr std::string_view kRefusedHttpPrefix = "refused_http_";

struct Metric {
  std::string name;
  std::string help;
  std::string label{};  // beside the protocol
  std::string_view label_value{};
};

Metric of_operations(std::string_view kind) {
  return {.name = "lastbeat_operations_total",
          .help = "Heartbeats, leaves and statuses, one a user, however many share a request; refused ones included.",
          .label = "kind",
          .label_value = kind};
}

Metric of_name(std::string_view name) {
  constexpr std::string_view kRequests = "requests_";
  constexpr std::string_view kRefused = "refused_";
  if (name.starts_with(kRequests)) {
    return {.name = "lastbeat_requests_total",
            .help = "Requests that were understood, by kind.",
            .label = "kind",
            .label_value = name.substr(kRequests.size())};
  }
  if (name.starts_with(kRefused)) {
    const std::string_view whole = name.substr(kRefused.size());
    return {.name = "lastbeat_refusals_total",
            .help = "Requests refused and connections refused or closed, by reason.",
            .label = "reason",
            .label_value = name.starts_with(kRefusedHttpPrefix) ? whole.substr(kHttpPrefix.size()) : whole};
  }
  return {.name = "lastbeat_" + std::string{name} + "_total",
          .help = "The counter " + std::string{name} + " of docs/operations.md."};
}

Metric metric_of(Counter counter) {
  switch (counter) {
    case Counter::kHeartbeats:
      return of_operations("heartbeat");
    case Counter::kLeaves:
      return of_operations("leave");
    case Counter::kStatuses:
      return of_operations("status");
    case Counter::kTooOld:
      return {.name = "lastbeat_operations_too_old_total",
              .help = "Heartbeats and leaves that were older than the ttl and changed nothing."};
    case Counter::kRefusedUsers:
      // Users, not requests: it must not be in one sum with those.
      return {.name = "lastbeat_operations_refused_total",
              .help = "Heartbeats for which there was no room: --max-users, or the store."};
    case Counter::kBytesIn:
      return {.name = "lastbeat_received_bytes_total", .help = "Bytes received from clients."};
    case Counter::kBytesOut:
      return {.name = "lastbeat_sent_bytes_total", .help = "Bytes sent to clients."};
    case Counter::kConnectionsAccepted:
      return {.name = "lastbeat_connections_accepted_total",
              .help = "Connections accepted, including those over the limit that were told so."};
    case Counter::kAcceptErrors:
      return {.name = "lastbeat_accept_errors_total",
              .help = "Connections that could not be accepted: no file descriptor left, for example."};
    case Counter::kOutOfMemory:
      return {.name = "lastbeat_out_of_memory_total",
              .help = "Connections closed because the system gave no memory for their requests."};
    case Counter::kHttpNotReady:
      return {.name = "lastbeat_http_not_ready_total", .help = "Times that /readyz said no."};
    default:
      return of_name(name_of(counter));
  }
}

}  // namespace

Reading counter_reading(Counter counter, std::string_view protocol, std::uint64_t value) {
  const std::string_view name = name_of(counter);
  Reading reading{.stat = std::string{name}, .metric = {}, .kind = ReadingKind::kCounter, .value = value};
  const bool is_of_http = name.starts_with(kHttpPrefix) || name.starts_with(kRefusedHttpPrefix);
  if (is_of_http && protocol != kHttp) return reading;
  const Metric metric = metric_of(counter);
  reading.metric = metric.name;
  reading.help = metric.help;
  reading.labels.push_back({"protocol", std::string{protocol}});
  if (!metric.label.empty()) reading.labels.push_back({metric.label, std::string{metric.label_value}});
  return reading;
}

}  // namespace lastbeat
