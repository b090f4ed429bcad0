// What is not known is null in JSON.
#pragma once

#include <optional>

#include "text/json_writer.hpp"

namespace lastbeat::bench {

template <class Value>
void write(text::JsonWriter& json, const std::optional<Value>& value) {
  if (value) {
    json.value(*value);
  } else {
    json.null();
  }
}

}  // namespace lastbeat::bench
