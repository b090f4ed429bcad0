// The paths that are served, with their methods. docs/openapi.json describes the same; a test compares.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "auth/identity.hpp"
#include "http/head.hpp"

namespace lastbeat::http {

enum class Endpoint : std::uint8_t {
  kRoot,
  kHeartbeat,
  kHeartbeats,
  kLeave,
  kStatus,    // of one user, who is named in the path
  kStatuses,  // of many
  kOnline,
  kCount,
  kStats,
  kHistory,
  kMetrics,
  kHealthz,
  kReadyz,
  kWatch,
};

// Several values of Verb.
using Verbs = std::uint8_t;
[[nodiscard]] constexpr bool has(Verbs verbs, Verb verb) noexcept {
  return (verbs & static_cast<std::uint8_t>(verb)) != 0;
}
// "GET, HEAD, OPTIONS": what an Allow header says.
[[nodiscard]] std::string_view allow_text(Verbs verbs) noexcept;

struct Path {
  std::string_view path;  // one that ends with '/' is followed by a user id, the root excepted
  Endpoint endpoint{};
  Verbs verbs = 0;
  auth::Need need = auth::Need::kAdmin;  // with authentication on
};
[[nodiscard]] std::span<const Path> paths() noexcept;

struct Resource {
  const Path* path = nullptr;
  std::string_view user_id;  // text behind the path
};
[[nodiscard]] std::optional<Resource> find_resource(std::string_view path) noexcept;

// A request target in its parts.
struct Target {
  std::string_view path;
  std::string_view query;                     // without the '?'
  std::optional<std::string_view> authority;  // of "http://authority/path"
};
// Takes "/path?query", "http://authority/path?query" and "*".
[[nodiscard]] std::optional<Target> split_target(std::string_view target) noexcept;

}  // namespace lastbeat::http
