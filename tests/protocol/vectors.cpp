#include "protocol/vectors.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace lastbeat::test {
namespace {

Buffer parse_hex(const std::string& name, std::istringstream& words) {
  Buffer bytes;
  for (std::string word; words >> word;) {
    std::size_t used = 0;
    const unsigned long byte = word.size() == 2 ? std::stoul(word, &used, 16) : 256;
    if (used != 2 || byte > 255) {
      throw std::runtime_error(std::string{"vector "}.append(name).append(" has no byte in: ").append(word));
    }
    bytes.push_back(static_cast<std::byte>(byte));
  }
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

std::map<std::string, Buffer> read_vectors() {
  std::map<std::string, Buffer> vectors;
  std::istringstream lines{read_protocol_document()};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string hex;
    std::string name;
    words >> hex >> name;
    if (hex != "hex" || name.empty() || name.back() != ':') continue;
    name.pop_back();
    if (!vectors.emplace(name, parse_hex(name, words)).second) throw std::runtime_error("vector " + name + " twice");
  }
  return vectors;
}

}  // namespace lastbeat::test
