// Where tokens and keys come from, and what tokens must say: the options that begin with --auth and --jwt.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lastbeat::auth {

struct KeyFile {
  std::string kid;  // which tokens it is for; empty: all that name no other key
  std::string path;

  friend bool operator==(const KeyFile&, const KeyFile&) = default;
};

struct Config {
  std::vector<std::string> token_files;
  std::vector<KeyFile> key_files;
  std::optional<std::string> issuer;    // what `iss` must be
  std::optional<std::string> audience;  // what `aud` must be or hold

  // Without any file nobody is asked for a token.
  [[nodiscard]] bool is_on() const noexcept { return !token_files.empty() || !key_files.empty(); }
  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace lastbeat::auth
