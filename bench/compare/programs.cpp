#include "compare/programs.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "compare/child_process.hpp"

namespace lastbeat::bench {
namespace {

bool is_program(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::string find_program(const std::string& name, std::string_view search_path) {
  if (name.find('/') != std::string::npos) return is_program(name) ? name : std::string{};
  std::istringstream folders{std::string{search_path}};
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string path = (folder.empty() ? "." : folder) + "/" + name;
    if (is_program(path)) return path;
  }
  return {};
}

std::string_view search_path() {
  const char* const path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing changes the environment
  return path != nullptr ? path : std::string_view{};
}

std::string this_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

std::string version_of(const std::string& program) {
  constexpr std::chrono::seconds kPatience{5};
  ChildProcess child{{.program = program, .arguments = {"--version"}, .cpu = {}}};
  if (child.wait(kPatience) != 0) return {};
  const std::string output = child.output();
  return output.substr(0, output.find('\n'));
}

}  // namespace lastbeat::bench
