#include "server/config_file.hpp"

#include <CLI/CLI.hpp>
#include <set>
#include <sstream>
#include <string_view>

namespace lastbeat {
namespace {

// "name = value" sets a name; comments, headings and what goes on from another line do not.
std::string name_of(const std::string& line) {
  const std::string text = CLI::detail::trim_copy(line);
  const std::size_t equals = text.find('=');
  if (text.empty() || equals == std::string::npos || text.find_first_of("#[\"'") < equals) return "";
  return CLI::detail::trim_copy(text.substr(0, equals));
}

class StrictToml final : public CLI::ConfigTOML {
 public:
  [[nodiscard]] std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::set<std::string> names;
    std::string content;
    for (std::string line; std::getline(input, line); content.append(line).append("\n")) {
      const std::string name = name_of(line);
      if (!name.empty() && !names.insert(name).second) {
        throw CLI::ConfigError("'" + name + "' stands there twice; allowed: once, a list on one line");
      }
    }
    std::istringstream copy{content};
    return ConfigBase::from_config(copy);
  }
};

}  // namespace

std::shared_ptr<CLI::Config> strict_toml() { return std::make_shared<StrictToml>(); }

std::string explain_config_error(const std::string& message) {
  constexpr std::string_view kUnknown = "INI was not able to parse ";
  if (!message.starts_with(kUnknown)) return "--config: " + message;
  return "--config: '" + message.substr(kUnknown.size()) + "' is no option; `lastbeatd --help` lists them";
}

}  // namespace lastbeat
