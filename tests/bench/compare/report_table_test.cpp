#include "compare/report_table.hpp"

#include "support/catch.hpp"

using namespace lastbeat::bench;

TEST_CASE("numbers have three digits that count") {
  struct Row {
    double number;
    const char* text;
  };
  const auto row = GENERATE(values<Row>({
      {0, "0.00"},
      {0.0123456, "0.0123"},
      {0.5, "0.500"},
      {1.234, "1.23"},
      {12.34, "12.3"},
      {123.4, "123"},
      {1234.4, "1,234"},
      {1234567, "1,234,567"},
      {-1234, "-1,234"},
      {-0.5, "-0.500"},
  }));
  CHECK(rounded(row.number) == row.text);
}

TEST_CASE("a spread is its median and, behind it, lowest and highest") {
  CHECK(rounded(Spread{.lowest = 1.4, .median = 1.5, .highest = 1.7}) == "1.50 (1.40 to 1.70)");
}

TEST_CASE("a table for a terminal has columns as wide as their widest cell") {
  ReportTable table{{"name", "x"}};
  table.add({"a", "1.5"});
  table.add({"longer", "20"});
  CHECK(table.plain() ==
        "  name      x\n"
        "  a       1.5\n"
        "  longer   20\n");
}

TEST_CASE("a table for a page is Markdown") {
  ReportTable table{{"name", "x"}};
  table.add({"a", "1.5"});
  CHECK(table.markdown() == "| name | x |\n| --- | --- |\n| a | 1.5 |\n");
}
