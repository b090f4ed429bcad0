#include "text/token_file.hpp"

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace lastbeat::text {

std::string read_token_file(const std::string& option, const std::string& path) {
  const std::string what = option + " " + path + ": ";
  std::ifstream file{path};
  std::string token;
  if (!(file >> token)) {
    const int error = errno;
    throw std::runtime_error(what + (file.eof() ? "it is empty" : std::generic_category().message(error)));
  }
  if (std::string more; file >> more) throw std::runtime_error(what + "it holds more than one token");
  return token;
}

}  // namespace lastbeat::text
