#include "log/log.hpp"

#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace lastbeat;
using nlohmann::json;

namespace {

// What is logged while it lives, instead of going to standard error.
class Captured {
 public:
  explicit Captured(log::Format format, log::Level level = log::Level::kInfo) { log::set_up(format, level, &text_); }
  ~Captured() { log::set_up(log::Format::kText, log::Level::kInfo); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  [[nodiscard]] std::vector<std::string> lines() const {
    std::istringstream text{text_.str()};
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

 private:
  std::ostringstream text_;
};

}  // namespace

TEST_CASE("a line of JSON has the time with milliseconds, the level, the message and the fields") {
  const Captured captured{log::Format::kJson};
  log::warn("refusing", {{"reason", "all in use"}, {"limit", std::uint64_t{18446744073709551615U}}});
  REQUIRE(captured.lines().size() == 1);
  const json line = json::parse(captured.lines()[0]);
  CHECK(line.size() == 5);
  CHECK(std::regex_match(line["time"].get<std::string>(), std::regex{R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"}));
  CHECK(line["level"] == "warn");
  CHECK(line["message"] == "refusing");
  CHECK(line["reason"] == "all in use");
  CHECK(line["limit"] == 18446744073709551615U);
}

TEST_CASE("whatever a message or a field holds, JSON stays one valid object a line") {
  const std::string nasty = GENERATE(as<std::string>{}, "a \"quoted\" \\ word", "two\nlines\r\n", "{} {0} %v %% %l",
                                     "\x01\x1f\x7f", "\xff\xc3\x28 no UTF-8", "\xf0\x9f\x92\x93", "");
  const Captured captured{log::Format::kJson};
  log::error(nasty, {{"reason", nasty}});
  REQUIRE(captured.lines().size() == 1);
  const json line = json::parse(captured.lines()[0]);
  CHECK(line["message"] == line["reason"]);
  if (nasty[0] != '\xff') CHECK(line["message"] == nasty);
}

TEST_CASE("a line of text has the message, on one line") {
  const Captured captured{log::Format::kText};
  log::info("HTTP on 127.0.0.1:1\nforged {}", {{"address", "127.0.0.1:1"}});
  REQUIRE(captured.lines().size() == 1);
  CHECK(captured.lines()[0].ends_with("[info] HTTP on 127.0.0.1:1 forged {}"));
}

TEST_CASE("a line of text names its level as the command line does") {
  const Captured captured{log::Format::kText};
  log::warn("a");
  log::error("b");
  CHECK(captured.lines()[0].ends_with("[warn] a"));
  CHECK(captured.lines()[1].ends_with("[error] b"));
}

TEST_CASE("levels below the one that is set are not logged, and it can be set while others log") {
  const Captured captured{log::Format::kJson, log::Level::kWarn};
  log::info("not this");
  log::error("this");
  std::thread other{[] {
    for (int i = 0; i < 100; ++i) log::write(log::Level::kDebug, "debug");
  }};
  log::set_level(log::Level::kDebug);
  other.join();
  log::write(log::Level::kDebug, "that");
  log::set_level(log::Level::kOff);
  log::error("nothing");
  const auto lines = captured.lines();
  REQUIRE(lines.size() >= 2);
  CHECK(json::parse(lines.front())["message"] == "this");
  CHECK(json::parse(lines.back())["message"] == "that");
}

TEST_CASE("levels have the names that the command line knows") {
  CHECK(log::name_of(log::Level::kTrace) == "trace");
  CHECK(log::name_of(log::Level::kWarn) == "warn");
  CHECK(log::name_of(log::Level::kOff) == "off");
}
