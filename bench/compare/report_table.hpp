// A table for a terminal or for a page of the docs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/statistics.hpp"

namespace lastbeat::bench {

// Rows must be as long as the headers. The first column is of names, the others of figures.
class ReportTable {
 public:
  explicit ReportTable(std::vector<std::string> headers) { rows_.push_back(std::move(headers)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  // Columns as wide as their widest cell.
  [[nodiscard]] std::string plain() const;
  [[nodiscard]] std::string markdown() const;

 private:
  std::vector<std::vector<std::string>> rows_;  // the headers first
};

// Three digits that count: 0.0123, 1.23, 12.3, 123, and whole numbers from there on, thousands apart: 12,345.
[[nodiscard]] std::string rounded(double number);

// "1.50 (1.40 to 1.70)".
[[nodiscard]] std::string rounded(const Spread& spread);

}  // namespace lastbeat::bench
