#include "compare/report_table.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

namespace lastbeat::bench {
namespace {

std::string with_thousands_apart(std::string digits) {
  constexpr std::size_t kGroup = 3;
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + kGroup;) {
    at -= kGroup;
    digits.insert(at, 1, ',');
  }
  return digits;
}

}  // namespace

std::string ReportTable::plain() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::ostringstream text;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text << "  " << (i == 0 ? std::left : std::right) << std::setw(static_cast<int>(widths[i])) << row[i];
    }
    text << '\n';
  }
  return text.str();
}

std::string ReportTable::markdown() const {
  std::ostringstream text;
  const auto line = [&](const std::vector<std::string>& cells) {
    text << '|';
    for (const std::string& cell : cells) text << ' ' << cell << " |";
    text << '\n';
  };
  line(rows_.front());
  line(std::vector<std::string>(rows_.front().size(), "---"));
  std::for_each(rows_.begin() + 1, rows_.end(), line);
  return text.str();
}

std::string rounded(double number) {
  constexpr int kDigits = 3;
  const double size = std::abs(number);
  const int before_point = size > 0 ? static_cast<int>(std::floor(std::log10(size))) + 1 : 1;
  std::ostringstream text;
  text << std::fixed << std::setprecision(std::max(0, kDigits - before_point)) << number;
  return before_point > kDigits ? with_thousands_apart(text.str()) : text.str();
}

std::string rounded(const Spread& spread) {
  return rounded(spread.median) + " (" + rounded(spread.lowest) + " to " + rounded(spread.highest) + ")";
}

}  // namespace lastbeat::bench
