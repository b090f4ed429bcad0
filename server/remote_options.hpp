// Values of the options about a store outside this process, whichever it is.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace lastbeat {

// Each throws std::invalid_argument that says what is allowed.
[[nodiscard]] std::chrono::milliseconds store_timeout(const std::string& text);
[[nodiscard]] std::size_t store_backlog(const std::string& text);
// --store-at-start
[[nodiscard]] bool must_answer_at_start(const std::string& text);

}  // namespace lastbeat
