// What servers of a Redis Cluster say about who owns which slots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/resp.hpp"
#include "redis/slot.hpp"

namespace lastbeat::redis {

// An error in reply to a call: another server is to be asked.
struct Redirection {
  Slot slot = 0;
  std::string server;   // HOST:PORT
  bool is_ask = false;  // this once, with ASKING before it: the slot is being moved there
  friend bool operator==(const Redirection&, const Redirection&) = default;
};
// "MOVED 3999 10.0.0.1:6381" or "ASK ...", said by `speaker` (HOST:PORT), whose host is meant where none is named.
[[nodiscard]] std::optional<Redirection> parse_redirection(std::string_view error, std::string_view speaker);

struct SlotRange {
  Slot first = 0;
  Slot last = 0;
  std::string server;  // who owns them: HOST:PORT
  friend bool operator==(const SlotRange&, const SlotRange&) = default;
};

// Reads the reply to CLUSTER SLOTS, element by element. Threads: one.
class SlotMapReader {
 public:
  enum class State : std::uint8_t { kMore, kDone, kMalformed };

  // `speaker`: as above.
  explicit SlotMapReader(std::string speaker) : speaker_{std::move(speaker)} {}
  // Not after kDone or kMalformed.
  [[nodiscard]] State take(const protocol::resp::Element& element);
  // Once it is done. Slots of which nobody knows the owner are left out.
  [[nodiscard]] std::vector<SlotRange> take_ranges() { return std::move(ranges_); }

 private:
  struct Array {
    std::int64_t elements = 0;
    std::int64_t next = 0;
  };
  [[nodiscard]] bool take_value(const protocol::resp::Element& element);
  void close_arrays();

  const std::string speaker_;
  std::vector<Array> arrays_;  // that are open, from the outermost
  std::optional<std::int64_t> first_;
  std::optional<std::int64_t> last_;
  std::string host_;
  std::int64_t port_ = 0;
  std::vector<SlotRange> ranges_;
};

}  // namespace lastbeat::redis
