#include "credentials/token_file.hpp"

#include <string>

#include "credentials/sha256.hpp"
#include "support/catch.hpp"

using namespace lastbeat::auth;

namespace {

const std::string kToken(32, 'a');

std::vector<ServiceToken> parse(const std::string& text) { return parse_tokens(text, "tokens"); }

}  // namespace

TEST_CASE("a line is a name, scopes and a token; comments and empty lines are left out") {
  const auto tokens = parse("# who may do what\n\n  gateway-1 \t heartbeat,status  " + kToken +
                            "\r\n\t# more\nops.x admin " + kToken + "-._~+/=");
  REQUIRE(tokens.size() == 2);
  CHECK(tokens[0].name == "gateway-1");
  CHECK(has(tokens[0].scopes, Scope::kHeartbeat));
  CHECK(has(tokens[0].scopes, Scope::kStatus));
  CHECK_FALSE(has(tokens[0].scopes, Scope::kAdmin));
  CHECK(tokens[0].digest == sha256(kToken));
  CHECK(tokens[1].scopes == static_cast<Scopes>(Scope::kAdmin));
  CHECK(parse("").empty());
  CHECK(parse("# nothing\n").empty());
}

TEST_CASE("a bad line is refused by its number, and its token is not repeated") {
  struct Row {
    std::string line;
    const char* named;
  };
  const std::vector<Row> rows{
      {"gateway heartbeat", "name scopes token"},
      {"gateway heartbeat " + kToken + " more", "name scopes token"},
      {"gate/way heartbeat " + kToken, "a name has"},
      {std::string(65, 'n') + " heartbeat " + kToken, "a name has"},
      {"gateway everything " + kToken, "unknown scope"},
      {"gateway heartbeat, " + kToken, "unknown scope"},
      {"gateway ,heartbeat " + kToken, "unknown scope"},
      {"gateway heartbeat " + kToken.substr(1), "32 to 4096"},
      {"gateway heartbeat " + std::string(4097, 'a'), "32 to 4096"},
      {"gateway heartbeat " + kToken + "\"", "32 to 4096"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK_THROWS_WITH(parse("\n" + row.line + "\n"), Catch::Contains(row.named) && Catch::Contains("tokens:2: ") &&
                                                         !Catch::Contains(kToken.substr(1)));
  }
}
