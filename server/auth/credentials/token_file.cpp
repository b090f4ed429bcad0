#include "credentials/token_file.hpp"

#include <algorithm>
#include <stdexcept>

#include "credentials/sha256.hpp"
#include "protocol/wire.hpp"

namespace lastbeat::auth {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kAlphanumerics = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

// Cuts the first word off `text`; empty when there is none.
std::string_view take_word(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

bool consists_of(std::string_view text, std::string_view others) noexcept {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return kAlphanumerics.find(c) != std::string_view::npos || others.find(c) != std::string_view::npos;
  });
}

Scopes parse_scopes(std::string_view text) {
  Scopes scopes = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view name = text.substr(at, end - at);
    at = end + 1;
    if (name == "heartbeat") {
      scopes |= static_cast<Scopes>(Scope::kHeartbeat);
    } else if (name == "status") {
      scopes |= static_cast<Scopes>(Scope::kStatus);
    } else if (name == "admin") {
      scopes |= static_cast<Scopes>(Scope::kAdmin);
    } else {
      throw std::runtime_error("unknown scope; allowed: heartbeat, status, admin, with commas between them");
    }
  }
  return scopes;
}

ServiceToken parse_line(std::string_view line) {
  const std::string_view name = take_word(line);
  const std::string_view scopes = take_word(line);
  const std::string_view token = take_word(line);
  if (token.empty() || !take_word(line).empty()) throw std::runtime_error("a line is: name scopes token");
  if (name.size() > kLongestName || !consists_of(name, "._-")) {
    throw std::runtime_error("a name has up to 64 letters, digits, dots, dashes and underscores");
  }
  if (token.size() < kFewestTokenBytes || token.size() > protocol::kMaxTokenBytes || !consists_of(token, "-._~+/=")) {
    throw std::runtime_error(
        "a token has 32 to 4096 letters, digits and - . _ ~ + / =, such as `openssl rand -hex 32` makes");
  }
  return {.name = std::string{name}, .scopes = parse_scopes(scopes), .digest = sha256(token)};
}

}  // namespace

std::vector<ServiceToken> parse_tokens(std::string_view text, const std::string& origin) {
  std::vector<ServiceToken> tokens;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    std::string_view rest = line;
    const std::string_view first = take_word(rest);
    if (first.empty() || first.starts_with('#')) continue;
    try {
      tokens.push_back(parse_line(line));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(origin + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return tokens;
}

}  // namespace lastbeat::auth
