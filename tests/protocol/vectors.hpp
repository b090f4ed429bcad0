// The hex vectors of docs/protocol.md.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "protocol/types.hpp"

namespace lastbeat::test {

// The text of docs/protocol.md. Throws std::runtime_error when it cannot be read.
[[nodiscard]] std::string read_protocol_document();

// Every line "hex NAME: b1 01 ..." of `document` by its name. Throws std::runtime_error, which says which vector and
// why: a name that stands there twice, none at all, no bytes, what is no pair of hex digits.
[[nodiscard]] std::map<std::string, Buffer> parse_vectors(std::string_view document);

// parse_vectors(read_protocol_document())
[[nodiscard]] std::map<std::string, Buffer> read_vectors();

}  // namespace lastbeat::test
