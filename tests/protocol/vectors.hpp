// The hex vectors of docs/protocol.md.
#pragma once

#include <map>
#include <string>

#include "protocol/types.hpp"

namespace lastbeat::test {

// The text of docs/protocol.md. Throws std::runtime_error when it cannot be read.
[[nodiscard]] std::string read_protocol_document();

// Every line "hex NAME: b1 01 ..." by its name. Throws std::runtime_error for a name that stands there twice, and for
// what is no hex.
[[nodiscard]] std::map<std::string, Buffer> read_vectors();

}  // namespace lastbeat::test
