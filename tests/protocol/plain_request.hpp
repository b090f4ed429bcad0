// A request as values that can be compared whole: also the fields that its opcode does not use must be as they should.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "protocol/request.hpp"

namespace lastbeat::test {

struct PlainRequest {
  protocol::Opcode opcode{};
  std::uint16_t tag = 0;
  bool quiet = false;
  bool detail = false;
  std::optional<protocol::Age> age = std::nullopt;
  std::vector<UserId> ids = {};
  std::uint64_t cursor = 0;
  std::uint32_t page_limit = 0;
  std::uint8_t min_version = 0;
  std::uint8_t max_version = 0;
  std::string echo = {};
  std::string token = {};
  friend bool operator==(const PlainRequest&, const PlainRequest&) = default;
};

[[nodiscard]] inline PlainRequest plain(const protocol::Request& request) {
  PlainRequest plain{.opcode = request.opcode,
                     .tag = request.tag,
                     .quiet = request.quiet,
                     .detail = request.detail,
                     .age = request.age,
                     .cursor = request.cursor,
                     .page_limit = request.page_limit,
                     .min_version = request.min_version,
                     .max_version = request.max_version,
                     .echo = std::string{protocol::as_text(request.echo)},
                     .token = std::string{request.token}};
  for (std::size_t i = 0; i < request.ids.size(); ++i) plain.ids.push_back(request.ids[i]);
  return plain;
}

[[nodiscard]] inline std::vector<UserId> users(std::initializer_list<std::uint64_t> ids) {
  std::vector<UserId> users;
  for (const std::uint64_t id : ids) users.push_back(UserId{id});
  return users;
}

}  // namespace lastbeat::test
