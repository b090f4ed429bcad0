// Which option a text came from, for whoever typed it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace lastbeat::text {

// What `parse` makes of the option's text. A text that it refuses is told with the option before it.
template <class Parse>
[[nodiscard]] auto of_option(std::string_view option, const std::string& text, Parse parse) {
  try {
    return parse(text);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(std::string{option} + ": " + error.what());
  }
}

}  // namespace lastbeat::text
