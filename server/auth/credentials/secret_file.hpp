// Small files that hold keys and tokens.
#pragma once

#include <cstddef>
#include <string>

namespace lastbeat::auth {

inline constexpr std::size_t kMostFileBytes = std::size_t{1} << 20U;

struct SecretFile {
  std::string content;
  bool others_may_read = false;   // everybody on this machine
  bool others_may_write = false;  // the same
};

// Throws std::runtime_error that names the file: it cannot be read, it is no plain file, it is empty or over 1 MiB.
[[nodiscard]] SecretFile read_secret_file(const std::string& path);

}  // namespace lastbeat::auth
