// Text that may hold any bytes, made fit for documents that are UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace lastbeat::log {

// The text with every byte that belongs to no well-formed character (Unicode 15, table 3-7) replaced by U+FFFD.
[[nodiscard]] std::string as_utf8(std::string_view text);

}  // namespace lastbeat::log
