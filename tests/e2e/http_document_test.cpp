// What the documents say that curl prints is what it prints.
#include <fstream>
#include <regex>

#include "e2e/process.hpp"
#include "support/catch.hpp"

using lastbeat::test::Daemon;
using lastbeat::test::run;

namespace {

struct Example {
  std::string command;
  std::string output;
};

// Of a document, the lines "    $ curl ..." with what follows each.
std::vector<Example> curl_examples(const std::string& document) {
  std::ifstream file{LASTBEAT_SOURCE_DIR "/" + document};
  std::vector<Example> examples;
  bool is_output = false;
  const std::string indent = "    ";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(indent + "$ ")) {
      is_output = line.starts_with(indent + "$ curl ");
      if (is_output) examples.push_back({line.substr(indent.size() + 2), ""});
    } else if (!line.starts_with(indent)) {
      is_output = false;
    } else if (is_output) {
      examples.back().output += line.substr(indent.size()) + "\n";
    }
  }
  return examples;
}

// Without what depends on the time and, in a listing, on the order of the table.
std::string comparable(const std::string& output) {
  const std::string timeless =
      std::regex_replace(output, std::regex{R"re(("last_hb"|"age_seconds"):[0-9]+)re"}, "$1:N");
  return std::regex_replace(timeless, std::regex{R"re(\["18446744073709551615","42"\])re"},
                            R"(["42","18446744073709551615"])");
}

}  // namespace

TEST_CASE("the documents' curl lines print what stands below them") {
  struct Row {
    std::string document;
    std::size_t examples;
  };
  const auto row = GENERATE(Row{"README.md", 2}, Row{"docs/http-api.md", 9});
  CAPTURE(row.document);
  const std::vector<Example> examples = curl_examples(row.document);
  CHECK(examples.size() == row.examples);
  const Daemon daemon;
  for (const Example& example : examples) {
    const std::string command =
        std::regex_replace(example.command, std::regex{R"(127\.0\.0\.1:7231)"}, daemon.http_address());
    CAPTURE(command);
    CHECK(comparable(run("sh", {"-c", command}).output) == comparable(example.output));
  }
}
