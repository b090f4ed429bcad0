#include "net/stats_text.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace lastbeat {

std::string stats_text(std::span<const Reading> readings) {
  std::vector<std::pair<std::string_view, std::uint64_t>> sums;
  for (const Reading& reading : readings) {
    if (reading.stat.empty()) continue;
    const auto sum = std::find_if(sums.begin(), sums.end(), [&](const auto& one) { return one.first == reading.stat; });
    if (sum == sums.end()) {
      sums.emplace_back(reading.stat, reading.value);
    } else {
      sum->second += reading.value;
    }
  }
  std::string text;
  for (const auto& [name, value] : sums) {
    text.append(name).append(" ").append(std::to_string(value)).append("\n");
  }
  return text;
}

}  // namespace lastbeat
