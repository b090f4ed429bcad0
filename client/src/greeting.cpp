#include "greeting.hpp"

#include <stdexcept>

#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "replies.hpp"

namespace lastbeat {

using protocol::ErrorCode;
using protocol::Opcode;

namespace {

// The requests of a greeting.
constexpr std::size_t kHello = 0;
constexpr std::size_t kToken = 1;

}  // namespace

void check_token(const std::string& token) {
  if (token.size() <= protocol::kMaxTokenBytes) return;
  throw std::invalid_argument("the token is too long; allowed: " + std::to_string(protocol::kMaxTokenBytes) + " bytes");
}

bool is_token_refused(const Error& error) noexcept {
  return error.kind == ErrorKind::kServer &&
         error.server_code == static_cast<std::uint16_t>(ErrorCode::kUnauthenticated);
}

Greeting::Greeting(std::uint16_t& next_tag, const std::string& token)
    : conversation_{next_tag,
                    [this](const Part& part, Payload payload, std::uint8_t) {
                      if (part.request == kHello) return read_hello(payload, server_);
                      return protocol::read_auth_reply(payload).has_value();
                    },
                    [this](const Part& part, Error error) {
                      const bool is_unknown =
                          error.server_code == static_cast<std::uint16_t>(ErrorCode::kUnknownOpcode);
                      if (part.request == kToken && is_unknown) return;  // nobody asks for one
                      if (!refusal_) refusal_ = std::move(error);
                    }} {
  const std::uint16_t hello_tag = conversation_.next_tag();
  protocol::append_hello(conversation_.out(), hello_tag);
  conversation_.expect(Opcode::kHello, hello_tag, {.request = kHello});
  if (token.empty()) return;
  const std::uint16_t token_tag = conversation_.next_tag();
  protocol::append_auth(conversation_.out(), token_tag, token);
  conversation_.expect(Opcode::kAuth, token_tag, {.request = kToken});
}

}  // namespace lastbeat
