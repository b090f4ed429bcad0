// What the peer of one connection has proved: its last token, judged once, and looked at again when it expires or
// when other tokens are good than before.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "auth/authority.hpp"
#include "auth/identity.hpp"

namespace lastbeat::auth {

// Threads: one at a time. About 150 bytes, whatever the token; the token itself is not kept.
class Pass {
 public:
  // What the token proves: nullptr when it is refused. A token that is the same as the last one is not judged again as
  // long as the outcome could not be another; `was_judged` tells whether it was, for that is what costs.
  [[nodiscard]] const Identity* show(std::string_view token, const Authority& authority, UnixSecond now,
                                     bool& was_judged);
  // As show(), but a token that is refused leaves what was proved before.
  [[nodiscard]] const Identity* replace(std::string_view token, const Authority& authority, UnixSecond now);
  // What still holds of what was shown last; nullptr: nothing. A load and two comparisons, unless the generation is
  // another.
  [[nodiscard]] const Identity* holder(const Authority& authority, UnixSecond now);

 private:
  std::optional<Identity> identity_;
  Digest token_{};                // of the token that was shown last
  std::uint64_t generation_ = 0;  // in which the outcome was true; 0: none has been shown
  UnixSecond refused_at_ = 0;     // no identity: when the token was refused
};

}  // namespace lastbeat::auth
