// One question to a server that speaks text, on a connection of its own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "text/parse.hpp"

namespace lastbeat::bench {

struct Answer {
  std::string text;
  bool is_from_this_machine = false;
};

// Sends `request` and reads until `is_whole` says that the answer is complete. Empty when it does not come within 5 s
// (10 with connecting), or is longer than 1 MiB.
[[nodiscard]] std::optional<Answer> ask(const text::Endpoint& server, std::string_view request,
                                        const std::function<bool(std::string_view)>& is_whole);

}  // namespace lastbeat::bench
