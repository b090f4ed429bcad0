// Which table of DynamoDB to use, and how.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "store/environment.hpp"

namespace lastbeat::dynamo {

enum class Reads : std::uint8_t {
  kConsistent,
  kEventual,  // half the price; what was written within about a second may be missing
};
enum class Writes : std::uint8_t {
  kConditional,  // one user a request, and only what is newer is written
  kBatch,        // 25 users a request; the last write wins, be it newer or not
};

struct Address {
  static constexpr std::size_t kUsualRequests = 64;
  static constexpr std::size_t kMostRequests = 1024;

  std::string table;
  std::string region{};
  std::string endpoint{};  // "https://dynamodb.eu-west-1.amazonaws.com"
  Reads reads = Reads::kConsistent;
  Writes writes = Writes::kConditional;
  std::size_t requests = kUsualRequests;  // under way at once, each on a connection of its own
  friend bool operator==(const Address&, const Address&) = default;
};

// "dynamodb://TABLE[?region=R][&endpoint=URL][&reads=consistent|eventual][&writes=conditional|batch][&requests=N]".
// Without a region it is AWS_REGION or AWS_DEFAULT_REGION; without an endpoint that of AWS. Throws
// std::invalid_argument that says what is allowed.
[[nodiscard]] Address parse_address(std::string_view text, const Environment& environment);

struct Config {
  static constexpr std::size_t kUsualBacklog = 1'000'000;

  Address address;
  std::string ca_file;                      // of an https endpoint; empty: whom the system trusts
  std::chrono::milliseconds timeout{1000};  // of a request, repetitions included
  std::size_t backlog = kUsualBacklog;      // users of whom a heartbeat or leave waits to be written
  bool must_answer_at_start = false;
  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace lastbeat::dynamo
