#include "greeting.hpp"

#include <stdexcept>

#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "replies.hpp"

namespace lastbeat {

using protocol::ErrorCode;
using protocol::Opcode;

void check_token(const std::string& token) {
  if (token.size() <= protocol::kMaxTokenBytes) return;
  throw std::invalid_argument("the token is too long; allowed: " + std::to_string(protocol::kMaxTokenBytes) + " bytes");
}

bool is_token_refused(const Error& error) noexcept {
  return error.kind == ErrorKind::kServer &&
         error.server_code == static_cast<std::uint16_t>(ErrorCode::kUnauthenticated);
}

Greeting::Greeting(std::uint16_t& next_tag, const std::string& token) : conversation_{next_tag} {
  const std::uint16_t hello_tag = conversation_.next_tag();
  protocol::append_hello(conversation_.out(), hello_tag);
  conversation_.expect(Opcode::kHello, hello_tag,
                       [this](Payload payload, std::uint8_t) { return read_hello(payload, server_); });
  if (token.empty()) return;
  const std::uint16_t token_tag = conversation_.next_tag();
  protocol::append_auth(conversation_.out(), token_tag, token);
  conversation_.expect(
      Opcode::kAuth, token_tag,
      [](Payload payload, std::uint8_t) { return protocol::read_auth_reply(payload).has_value(); },
      [this](Error error) {
        const bool nobody_asks = error.server_code == static_cast<std::uint16_t>(ErrorCode::kUnknownOpcode);
        if (!nobody_asks) token_refusal_ = std::move(error);
      });
}

std::optional<Error> Greeting::refusal() const {
  return conversation_.refusal() ? conversation_.refusal() : token_refusal_;
}

}  // namespace lastbeat
