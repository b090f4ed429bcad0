// The numbers of the code are the numbers of the document's tables and headings.
#include "protocol/wire.hpp"

#include <map>
#include <set>
#include <sstream>

#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "protocol/vectors.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::protocol;
using lastbeat::test::read_protocol_document;

namespace {

using Row = std::vector<std::string>;

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The rows of the table whose head starts with `head`, as cells.
std::vector<Row> table(const std::string& head) {
  std::istringstream lines{read_protocol_document()};
  std::string line;
  while (std::getline(lines, line) && !line.starts_with(head)) {
  }
  std::getline(lines, line);  // | --- | --- |
  std::vector<Row> rows;
  while (std::getline(lines, line) && line.starts_with("| ")) {
    std::istringstream cells{line.substr(1)};
    Row row;
    for (std::string cell; std::getline(cells, cell, '|');) row.push_back(trimmed(cell));
    rows.push_back(row);
  }
  return rows;
}

// First cell (a number, perhaps as `0x10`) to second.
std::map<unsigned long, std::string> numbers_and_names(const std::string& head) {
  std::map<unsigned long, std::string> names;
  for (const Row& row : table(head)) {
    const std::size_t quote = row.at(0).starts_with('`') ? 1 : 0;
    names.emplace(std::stoul(row.at(0).substr(quote), nullptr, 0), row.at(1));
  }
  return names;
}

// The headings "### 0x01 heartbeat, 0x03 leave" from `first` to `last`.
std::map<unsigned long, std::string> headings(unsigned first, unsigned last) {
  std::map<unsigned long, std::string> names;
  std::istringstream lines{read_protocol_document()};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("### 0x")) continue;
    std::istringstream words{line.substr(4)};
    for (std::string number, name; words >> number >> name;) {
      const unsigned long opcode = std::stoul(number, nullptr, 16);
      if (name.ends_with(',')) name.pop_back();
      if (opcode >= first && opcode <= last) names.emplace(opcode, name);
    }
  }
  return names;
}

template <typename Enum>
std::map<unsigned long, std::string> numbers(std::initializer_list<std::pair<Enum, const char*>> names) {
  std::map<unsigned long, std::string> numbers;
  for (const auto& [number, name] : names) numbers.emplace(static_cast<unsigned long>(number), name);
  return numbers;
}

std::string limit_of(const std::string& what) {
  for (const Row& row : table("| what | default |")) {
    if (row.at(0) == what) return row.at(1);
  }
  return "not in the document";
}

}  // namespace

TEST_CASE("the document's error codes are the code's, in both directions") {
  CHECK(numbers_and_names("| code | name |") == numbers<ErrorCode>({
                                                    {ErrorCode::kUnknownOpcode, "unknown opcode"},
                                                    {ErrorCode::kUnknownFlag, "unknown flag"},
                                                    {ErrorCode::kBadLength, "bad length"},
                                                    {ErrorCode::kTooManyIds, "too many ids"},
                                                    {ErrorCode::kUnknownExtension, "unknown extension"},
                                                    {ErrorCode::kUnsupportedVersion, "unsupported version"},
                                                    {ErrorCode::kStoreUnavailable, "store unavailable"},
                                                    {ErrorCode::kUnauthenticated, "unauthenticated"},
                                                    {ErrorCode::kForbidden, "forbidden"},
                                                    {ErrorCode::kUnsupported, "unsupported"},
                                                    {ErrorCode::kBadMagic, "bad magic"},
                                                    {ErrorCode::kFrameTooLong, "frame too long"},
                                                    {ErrorCode::kTooManyConnections, "too many connections"},
                                                    {ErrorCode::kIdleTimeout, "idle timeout"},
                                                    {ErrorCode::kSlowReader, "slow reader"},
                                                    {ErrorCode::kShuttingDown, "shutting down"},
                                                    {ErrorCode::kTooManyBadTokens, "too many bad tokens"},
                                                    {ErrorCode::kOverloaded, "overloaded"},
                                                }));
}

TEST_CASE("the document's opcodes are the code's, in both directions") {
  CHECK(headings(0x00, 0x3F) == numbers<Opcode>({
                                    {Opcode::kHeartbeat, "heartbeat"},
                                    {Opcode::kStatus, "status"},
                                    {Opcode::kLeave, "leave"},
                                    {Opcode::kOnline, "online"},
                                    {Opcode::kCount, "count"},
                                    {Opcode::kStats, "stats"},
                                    {Opcode::kPing, "ping"},
                                    {Opcode::kHello, "hello"},
                                    {Opcode::kAuth, "auth"},
                                }));
  CHECK(headings(0xC0, 0xFF) == numbers<Event>({{Event::kGoodbye, "goodbye"}, {Event::kNotice, "notice"}}));
  CHECK(headings(0x40, 0xBF).empty());
}

TEST_CASE("the document's flags and statuses are the code's, in both directions") {
  CHECK(numbers_and_names("| bit | name | allowed on |") == numbers<std::uint8_t>({{request_flag::kWide, "WIDE"},
                                                                                   {request_flag::kQuiet, "QUIET"},
                                                                                   {request_flag::kAge, "AGE"},
                                                                                   {request_flag::kDetail, "DETAIL"},
                                                                                   {request_flag::kExt, "EXT"}}));
  CHECK(numbers_and_names("| bit | name | meaning |") ==
        numbers<std::uint8_t>({{reply_flag::kMore, "MORE"}, {reply_flag::kError, "ERROR"}}));
  CHECK(numbers_and_names("| grant | name |") == numbers<std::uint32_t>({{grant::kHeartbeat, "HEARTBEAT"},
                                                                         {grant::kStatus, "STATUS"},
                                                                         {grant::kAdmin, "ADMIN"},
                                                                         {grant::kUser, "USER"}}));
  CHECK(numbers_and_names("| value | status |") == numbers<Presence>({{Presence::kOffline, "offline"},
                                                                      {Presence::kOnline, "online"},
                                                                      {Presence::kUnknown, "unknown"},
                                                                      {Presence::kLeft, "left"}}));
}

TEST_CASE("the document's limits are the code's") {
  CHECK(limit_of("payload of a frame") == "1 MiB (the field could say 16 MiB - 1)");
  CHECK(Limits{}.max_payload_bytes == 1024 * 1024);
  CHECK(kLargestPayload == 16 * 1024 * 1024 - 1);
  CHECK(limit_of("ids in a request, and in a page of online") == std::to_string(Limits{}.max_ids));
  CHECK(limit_of("bytes of a ping") == std::to_string(kMaxPingBytes));
  CHECK(limit_of("bytes of a token") == std::to_string(kMaxTokenBytes));
  CHECK(limit_of("age").starts_with("2^32 - 1 ms"));
  CHECK(Age::max().count() == 0xFFFFFFFF);
  CHECK(std::chrono::milliseconds{Age{1}} == std::chrono::milliseconds{1});
}

TEST_CASE("a full request of the default number of wide, aged ids fits into the default payload") {
  CHECK(Limits{}.max_ids * 8 + 4 <= Limits{}.max_payload_bytes);
}

TEST_CASE("a reply to any opcode can be taken neither for a request nor for an event") {
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    CAPTURE(opcode);
    const unsigned reply = reply_opcode(static_cast<std::uint8_t>(opcode));
    CHECK((reply & 0xC0U) == 0x80U);
    CHECK((reply & 0x3FU) == (opcode & 0x3FU));
  }
}

TEST_CASE("every error code has a message of its own, in one line") {
  std::set<std::string_view> messages;
  const auto codes = numbers_and_names("| code | name |");
  for (const auto& [code, name] : codes) {
    CAPTURE(code, name);
    const std::string_view message = describe(ErrorCode{static_cast<std::uint16_t>(code)});
    CHECK(message.find('\n') == std::string_view::npos);
    CHECK(message != "unknown error");
    messages.insert(message);
  }
  CHECK(messages.size() == codes.size());
  CHECK(describe(ErrorCode{999}) == "unknown error");
}
