// What is said first on every connection: hello and, in the same write, the token.
#pragma once

#include <optional>
#include <string>

#include "conversation.hpp"
#include "lastbeat/answers.hpp"
#include "lastbeat/options.hpp"
#include "lastbeat/result.hpp"

namespace lastbeat {

// Throws std::invalid_argument when no server would take the token.
void check_token(const std::string& token);

// The error of a token that is not valid: it will be no better next time.
[[nodiscard]] bool is_token_refused(const Error& error) noexcept;

class Greeting {
 public:
  Greeting(std::uint16_t& next_tag, const std::string& token);
  ~Greeting() = default;
  Greeting(const Greeting&) = delete;  // the conversation's handlers refer to it
  Greeting& operator=(const Greeting&) = delete;

  [[nodiscard]] Conversation& conversation() noexcept { return conversation_; }
  // Valid when the conversation is done: what was refused, or nothing.
  [[nodiscard]] const std::optional<Error>& refusal() const noexcept { return refusal_; }
  [[nodiscard]] const ServerInfo& server() const noexcept { return server_; }

 private:
  Conversation conversation_;
  ServerInfo server_;
  std::optional<Error> refusal_;  // the first
};

}  // namespace lastbeat
