// What the command lines of the subcommands have in common.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "text/parse.hpp"

namespace lastbeat::bench {

// Declares a flag; its default is what `value` holds.
inline void add(CLI::App& app, const std::string& name, std::string& value, const std::string& type,
                const std::string& help) {
  app.add_option(name, value, help)->type_name(type)->capture_default_str();
}

// Requires highest < 2^32. Throws std::invalid_argument, naming the flag and what is allowed.
inline std::uint32_t number(const std::string& text, const char* flag, std::uint64_t lowest, std::uint64_t highest) {
  return static_cast<std::uint32_t>(text::parse_number(text, flag, lowest, highest));
}

}  // namespace lastbeat::bench
