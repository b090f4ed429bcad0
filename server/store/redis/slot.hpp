// Where in a Redis Cluster a key lives: one of 16384 slots, each of which one server owns.
// https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/types.hpp"

namespace lastbeat::redis {

using Slot = std::uint16_t;
inline constexpr std::size_t kSlots = 16'384;

// CRC16 (XMODEM) of the key, or of its hash tag: what stands between the first '{' and the next '}', if anything.
[[nodiscard]] Slot slot_of(std::string_view key) noexcept;

// The slots of users whose keys begin alike. Threads: any; it does not change.
class UserSlots {
 public:
  explicit UserSlots(std::string_view prefix);
  // That of the prefix and the decimal id.
  [[nodiscard]] Slot operator()(UserId user) const noexcept;

 private:
  std::uint16_t prefix_crc_ = 0;
  std::optional<Slot> only_;  // the prefix has a hash tag
};

}  // namespace lastbeat::redis
