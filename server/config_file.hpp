// The --config file, where CLI11 by itself would be too kind, or speak of other files.
#pragma once

#include <memory>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 names it
class Config;
}

namespace lastbeat {

// Reads TOML as CLI11 does, but refuses an option that stands there twice: TOML forbids it, and of two lines that are
// apart CLI11 would take the first without a word. Throws CLI::ConfigError.
[[nodiscard]] std::shared_ptr<CLI::Config> strict_toml();

// What a CLI::ConfigError says, in the words of this file.
[[nodiscard]] std::string explain_config_error(const std::string& message);

}  // namespace lastbeat
