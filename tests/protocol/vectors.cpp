#include "protocol/vectors.hpp"

#include <charconv>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace lastbeat::test {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw std::runtime_error("vector " + name + " " + why);
}

Buffer parse_hex(const std::string& name, std::istringstream& words) {
  Buffer bytes;
  for (std::string word; words >> word;) {
    std::uint8_t byte = 0;
    const char* end = word.data() + word.size();
    const auto [stopped, error] = std::from_chars(word.data(), end, byte, 16);
    if (word.size() != 2 || error != std::errc{} || stopped != end) {
      refuse(name, "has '" + word + "', which is no byte");
    }
    bytes.push_back(std::byte{byte});
  }
  if (bytes.empty()) refuse(name, "has no bytes");
  return bytes;
}

}  // namespace

std::string read_protocol_document() {
  std::ifstream file{LASTBEAT_SOURCE_DIR "/docs/protocol.md"};
  std::stringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) throw std::runtime_error("cannot read docs/protocol.md");
  return text.str();
}

std::map<std::string, Buffer> parse_vectors(std::string_view document) {
  std::map<std::string, Buffer> vectors;
  std::istringstream lines{std::string{document}};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string hex;
    std::string name;
    words >> hex >> name;
    if (hex != "hex") continue;
    if (name.size() < 2 || name.back() != ':') throw std::runtime_error("a vector without a name: '" + line + "'");
    name.pop_back();
    if (!vectors.emplace(name, parse_hex(name, words)).second) refuse(name, "stands there twice");
  }
  return vectors;
}

std::map<std::string, Buffer> read_vectors() { return parse_vectors(read_protocol_document()); }

}  // namespace lastbeat::test
