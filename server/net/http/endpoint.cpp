#include "http/endpoint.hpp"

#include <algorithm>
#include <array>

#include "http/text.hpp"

namespace lastbeat::http {
namespace {

constexpr auto kOptions = static_cast<Verbs>(Verb::kOptions);
constexpr Verbs kReads = static_cast<Verbs>(Verb::kGet) | static_cast<Verbs>(Verb::kHead) | kOptions;
constexpr Verbs kPosts = static_cast<Verbs>(Verb::kPost) | kOptions;

using auth::Need;
constexpr std::array kPaths{
    Path{"/status/", Endpoint::kStatus, kReads, Need::kRead},
    Path{"/heartbeat", Endpoint::kHeartbeat, kPosts, Need::kBeat},
    Path{"/heartbeats", Endpoint::kHeartbeats, kPosts, Need::kBeatMany},
    Path{"/leave", Endpoint::kLeave, kPosts, Need::kBeat},
    Path{"/status", Endpoint::kStatuses, kPosts, Need::kRead},
    Path{"/online", Endpoint::kOnline, kReads, Need::kAdmin},
    Path{"/count", Endpoint::kCount, kReads, Need::kCount},
    Path{"/stats", Endpoint::kStats, kReads, Need::kAdmin},
    Path{"/history", Endpoint::kHistory, kReads, Need::kAdmin},
    Path{"/metrics", Endpoint::kMetrics, kReads, Need::kAdmin},
    Path{"/healthz", Endpoint::kHealthz, kReads, Need::kNothing},
    Path{"/readyz", Endpoint::kReadyz, kReads, Need::kNothing},
    Path{"/watch", Endpoint::kWatch, kReads, Need::kRead},
    Path{"/", Endpoint::kRoot, kReads, Need::kNothing},
};

// Where the path of an absolute target begins; npos for another scheme.
std::size_t after_scheme(std::string_view target) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return std::string_view::npos;
}

}  // namespace

std::string_view allow_text(Verbs verbs) noexcept {
  if (verbs == kReads) return "GET, HEAD, OPTIONS";
  if (verbs == kPosts) return "POST, OPTIONS";
  return "GET, HEAD, POST, OPTIONS";
}

std::span<const Path> paths() noexcept { return kPaths; }

std::optional<Resource> find_resource(std::string_view path) noexcept {
  for (const Path& candidate : kPaths) {
    if (path == candidate.path && candidate.endpoint != Endpoint::kStatus) return Resource{&candidate, {}};
  }
  const Path& status = kPaths.front();
  if (!path.starts_with(status.path)) return std::nullopt;
  const std::string_view user_id = path.substr(status.path.size());
  if (user_id.empty() || user_id.find('/') != std::string_view::npos) return std::nullopt;
  return Resource{&status, user_id};
}

std::optional<Target> split_target(std::string_view target) noexcept {
  Target parts;
  if (target == "*") return Target{.path = target, .query = {}, .authority = {}};
  if (!target.starts_with('/')) {
    const std::size_t begin = after_scheme(target);
    if (begin == std::string_view::npos) return std::nullopt;
    const std::size_t end = std::min(target.find_first_of("/?", begin), target.size());
    parts.authority = target.substr(begin, end - begin);
    target.remove_prefix(end);
  }
  const std::size_t mark = target.find('?');
  parts.path = target.substr(0, mark);
  if (parts.path.empty()) parts.path = "/";
  if (mark != std::string_view::npos) parts.query = target.substr(mark + 1);
  return parts;
}

}  // namespace lastbeat::http
