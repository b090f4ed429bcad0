#include "credentials/jwt.hpp"

#include <string>
#include <vector>

#include "server/auth/credentials/token_maker.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::auth;
using lastbeat::test::base64url;
using lastbeat::test::make_token;
using lastbeat::test::make_token_of;
using lastbeat::test::TestKey;

namespace {

constexpr UnixSecond kNow = 1'700'000'000;
const std::string kGood = R"({"sub":"42","exp":1700000060})";

// Making an RSA key takes a while: once.
const TestKey& rsa() {
  static const TestKey key = TestKey::rsa();
  return key;
}
const TestKey& ec() {
  static const TestKey key = TestKey::ec();
  return key;
}
const TestKey& secret() {
  static const TestKey key = TestKey::secret(std::string(32, 's'));
  return key;
}

std::vector<JwtKey> only(const TestKey& key, const std::string& kid = "") {
  return {read_jwt_key(kid, key.file_content(), "test")};
}

using Outcome = std::variant<Identity, TokenFault>;

std::string text(const Outcome& outcome) {
  if (const auto* fault = std::get_if<TokenFault>(&outcome)) return std::string{describe(*fault)};
  const auto& identity = std::get<Identity>(outcome);
  return identity.user ? "user " + std::to_string(static_cast<std::uint64_t>(*identity.user)) : "nobody";
}

std::string judge(const std::string& token, const std::vector<JwtKey>& keys, const ClaimRules& rules = {},
                  UnixSecond now = kNow) {
  return text(read_jwt(token, keys, rules, now));
}

std::string judge_claims(const std::string& claims, const ClaimRules& rules = {}, UnixSecond now = kNow) {
  return judge(make_token_of("HS256", secret(), claims), only(secret()), rules, now);
}

std::string said(TokenFault fault) { return std::string{describe(fault)}; }

}  // namespace

TEST_CASE("a token that its key has signed is its user's, in every algorithm") {
  CHECK(judge(make_token_of("HS256", secret(), kGood), only(secret())) == "user 42");
  CHECK(judge(make_token_of("RS256", rsa(), kGood), only(rsa())) == "user 42");
  CHECK(judge(make_token_of("ES256", ec(), kGood), only(ec())) == "user 42");
}

TEST_CASE("a user's token has no scope, ends when it says, with leeway, and tells its key") {
  const auto keys = only(secret());
  const Outcome outcome = read_jwt(make_token_of("HS256", secret(), kGood), keys, {}, kNow);
  const auto& identity = std::get<Identity>(outcome);
  CHECK(identity.scopes == 0);
  CHECK(identity.not_after == 1'700'000'060 + kClockLeeway);
  CHECK(identity.proof == keys[0].digest);
}

TEST_CASE("the algorithm is the key's, whatever the token says") {
  const std::string algorithm = said(TokenFault::kAlgorithm);
  // The classic: signed by HMAC with the text of the public key, which everybody has.
  const TestKey forged = TestKey::secret(rsa().public_pem());
  CHECK(judge(make_token_of("HS256", forged, kGood), only(rsa())) == algorithm);
  CHECK(judge(make_token_of("HS256", TestKey::secret(ec().public_pem()), kGood), only(ec())) == algorithm);
  CHECK(judge(make_token_of("RS256", forged, kGood), only(rsa())) == said(TokenFault::kSignature));
  for (const char* other :
       {"none", "None", "NONE", "HS384", "HS512", "RS384", "PS256", "ES384", "EdDSA", "", "hs256"}) {
    CAPTURE(other);
    CHECK(judge(make_token_of(other, secret(), kGood), only(secret())) == algorithm);
    CHECK(judge(make_token_of(other, rsa(), kGood), only(rsa())) == algorithm);
  }
  CHECK(judge(make_token_of("RS256", rsa(), kGood), only(ec())) == algorithm);
  CHECK(judge(make_token_of("ES256", ec(), kGood), only(rsa())) == algorithm);
}

TEST_CASE("a token without a signature is none, whatever its header says") {
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"HS256"})"}) {
    const std::string unsigned_token = base64url(header) + "." + base64url(kGood);
    CHECK(judge(unsigned_token + ".", only(secret())) == said(TokenFault::kUnknown));
    CHECK(judge(unsigned_token, only(secret())) == said(TokenFault::kUnknown));
  }
}

TEST_CASE("a header that is not understood is refused") {
  for (const char* header :
       {R"({"alg":1})", R"({"alg":256})", R"({"alg":null})", R"({"alg":["HS256"]})", R"({"alg":{"a":1}})", R"({})",
        R"([])", R"("HS256")", R"(7)", "", "{", R"({"alg":"HS256","kid":1})", R"({"alg":"HS256","kid":null})",
        R"({"alg":"HS256","crit":["b64"],"b64":false})", "\xff\xfe"}) {
    CAPTURE(header);
    const std::string refused = judge(make_token(secret(), header, kGood), only(secret()));
    CHECK((refused == said(TokenFault::kHeader) || refused == said(TokenFault::kUnknown)));
  }
}

TEST_CASE("a changed token is refused, wherever it was changed, and a piece of one too") {
  for (const TestKey* key : {&secret(), &ec(), &rsa()}) {
    const char* algorithm = key == &secret() ? "HS256" : key == &ec() ? "ES256" : "RS256";
    const std::string token = make_token_of(algorithm, *key, kGood);
    const auto keys = only(*key);
    for (std::size_t size = 0; size < token.size(); size += 7) {
      CAPTURE(algorithm, size);
      CHECK_FALSE(judge(token.substr(0, size), keys).starts_with("user"));
    }
    for (std::size_t at = 0; at + 1 < token.size(); at += 5) {
      std::string changed = token;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      CAPTURE(algorithm, at);
      CHECK_FALSE(judge(changed, keys).starts_with("user"));
    }
    CHECK(judge(token + ".", keys) == said(TokenFault::kUnknown));
    CHECK(judge(token + "=", keys) == said(TokenFault::kUnknown));
    CHECK(judge(" " + token, keys) == said(TokenFault::kUnknown));
    CHECK(judge(token + std::string(1, '\0'), keys) == said(TokenFault::kUnknown));
  }
}

TEST_CASE("the signature of another token, or of another key, is refused") {
  const auto signature = [](const std::string& token) { return token.substr(token.rfind('.')); };
  const auto input = [](const std::string& token) { return token.substr(0, token.rfind('.')); };
  const std::string mine = make_token_of("ES256", ec(), kGood);
  const std::string other = make_token_of("ES256", ec(), R"({"sub":"43","exp":1700000060})");
  CHECK(judge(input(other) + signature(mine), only(ec())) == said(TokenFault::kSignature));
  CHECK(judge(mine, only(TestKey::ec())) == said(TokenFault::kSignature));
  CHECK(judge(make_token_of("HS256", TestKey::secret(std::string(32, 't')), kGood), only(secret())) ==
        said(TokenFault::kSignature));
  const std::string zeros(64, '\0');
  CHECK(judge(input(mine) + "." + base64url(zeros), only(ec())) == said(TokenFault::kSignature));
}

TEST_CASE("a kid chooses the key, and the key without one is for all others") {
  const TestKey second = TestKey::secret(std::string(32, '2'));
  std::vector<JwtKey> keys = only(secret(), "first");
  keys.push_back(only(second, "second").front());
  const auto token = [](const TestKey& key, const std::string& header) { return make_token(key, header, kGood); };
  CHECK(judge(token(secret(), R"({"alg":"HS256","kid":"first"})"), keys) == "user 42");
  CHECK(judge(token(second, R"({"alg":"HS256","kid":"second"})"), keys) == "user 42");
  CHECK(judge(token(second, R"({"alg":"HS256","kid":"first"})"), keys) == said(TokenFault::kSignature));
  for (const char* header : {R"({"alg":"HS256","kid":"third"})", R"({"alg":"HS256","kid":""})", R"({"alg":"HS256"})"}) {
    CHECK(judge(token(secret(), header), keys) == said(TokenFault::kKey));
  }
  const TestKey rest = TestKey::secret(std::string(32, 'r'));
  keys.push_back(only(rest).front());
  CHECK(judge(token(rest, R"({"alg":"HS256"})"), keys) == "user 42");
  CHECK(judge(token(rest, R"({"alg":"HS256","kid":"third"})"), keys) == "user 42");
  CHECK(judge(token(rest, R"({"alg":"HS256","kid":"first"})"), keys) == said(TokenFault::kSignature));
  CHECK(judge(token(rest, R"({"alg":"HS256"})"), {}) == said(TokenFault::kKey));
}

TEST_CASE("a token counts from nbf to exp, with leeway for clocks") {
  struct Row {
    const char* claims;
    UnixSecond now;
    TokenFault fault;  // kUnknown: none
    const char* why;
  };
  constexpr auto kNone = TokenFault::kUnknown;
  const auto row = GENERATE(values<Row>({
      {R"({"sub":"1","exp":1700000000})", kNow - 1, kNone, "before"},
      {R"({"sub":"1","exp":1700000000})", kNow + kClockLeeway - 1, kNone, "the last second of the leeway"},
      {R"({"sub":"1","exp":1700000000})", kNow + kClockLeeway, TokenFault::kExpired, "one more"},
      {R"({"sub":"1","exp":1700000000.5})", kNow + kClockLeeway, kNone, "a fraction of a second"},
      {R"({"sub":"1","exp":0})", kNow, TokenFault::kExpired, "1970"},
      {R"({"sub":"1"})", kNow, TokenFault::kNoExpiry, "no end"},
      {R"({"sub":"1","exp":null})", kNow, TokenFault::kClaims, "null is no end either"},
      {R"({"sub":"1","exp":"1800000000"})", kNow, TokenFault::kClaims, "a string is no number"},
      {R"({"sub":"1","exp":-1})", kNow, TokenFault::kClaims, "negative"},
      {R"({"sub":"1","exp":1e300})", kNow, TokenFault::kClaims, "beyond all clocks"},
      {R"({"sub":"1","exp":9223372036854775807})", kNow, TokenFault::kClaims, "the same as a whole number"},
      {R"({"sub":"1","exp":1800000000,"nbf":1700000000})", kNow - kClockLeeway, kNone, "the leeway before"},
      {R"({"sub":"1","exp":1800000000,"nbf":1700000000})", kNow - kClockLeeway - 1, TokenFault::kNotYetValid, "more"},
      {R"({"sub":"1","exp":1800000000,"nbf":"1"})", kNow, TokenFault::kClaims, "nbf that is no number"},
  }));
  INFO(row.why);
  CHECK(judge_claims(row.claims, {}, row.now) == (row.fault == kNone ? "user 1" : said(row.fault)));
}

TEST_CASE("issuer and audience are asked for when the server was told to") {
  struct Row {
    const char* claims;
    bool issuer, audience;
    std::string outcome;
  };
  const std::string other_issuer = said(TokenFault::kIssuer);
  const std::string other_audience = said(TokenFault::kAudience);
  const std::vector<Row> rows{
      {R"({"sub":"1","exp":1700000060,"iss":"us","aud":"here"})", true, true, "user 1"},
      {R"({"sub":"1","exp":1700000060,"iss":"us","aud":["there","here"]})", true, true, "user 1"},
      {R"({"sub":"1","exp":1700000060,"iss":"them","aud":"there"})", false, false, "user 1"},
      {R"({"sub":"1","exp":1700000060,"iss":"them"})", true, false, other_issuer},
      {R"({"sub":"1","exp":1700000060,"iss":"us2"})", true, false, other_issuer},
      {R"({"sub":"1","exp":1700000060})", true, false, other_issuer},
      {R"({"sub":"1","exp":1700000060,"iss":["us"]})", true, false, said(TokenFault::kClaims)},
      {R"({"sub":"1","exp":1700000060,"aud":"there"})", false, true, other_audience},
      {R"({"sub":"1","exp":1700000060,"aud":[]})", false, true, other_audience},
      {R"({"sub":"1","exp":1700000060,"aud":{"here":"here"}})", false, true, other_audience},
      {R"({"sub":"1","exp":1700000060})", false, true, other_audience},
  };
  for (const Row& row : rows) {
    CAPTURE(row.claims);
    ClaimRules rules;
    if (row.issuer) rules.issuer = "us";
    if (row.audience) rules.audience = "here";
    CHECK(judge_claims(row.claims, rules) == row.outcome);
  }
}

TEST_CASE("sub is a user id in decimal digits, in a string") {
  for (const char* id : {"0", "42", "18446744073709551615"}) {
    CHECK(judge_claims(std::string{R"({"exp":1700000060,"sub":")"} + id + "\"}") == std::string{"user "} + id);
  }
  for (const char* sub : {R"("me")", R"("")", R"("18446744073709551616")", R"("-1")", R"("4.2")", R"(" 42")", "42",
                          "null", R"(["42"])", R"("0x2a")"}) {
    CAPTURE(sub);
    CHECK(judge_claims(std::string{R"({"exp":1700000060,"sub":)"} + sub + "}") == said(TokenFault::kSubject));
  }
  CHECK(judge_claims(R"({"exp":1700000060})") == said(TokenFault::kSubject));
}

TEST_CASE("claims that are no object are refused though they are signed") {
  for (const char* claims :
       {"[]", "7", "{", "{}x", "\xff", R"({"sub":"1","exp":1e999})", R"({"sub":"1\u0000","exp":1700000060})"}) {
    CAPTURE(claims);
    CHECK_FALSE(judge_claims(claims).starts_with("user"));
  }
}

TEST_CASE("giant and deep tokens cost nothing but a look at their length") {
  CHECK(judge(std::string(4097, 'a'), only(secret())) == said(TokenFault::kTooLong));
  CHECK(judge(make_token_of("HS256", secret(), R"({"x":")" + std::string(1'000'000, 'x') + "\"}"), only(secret())) ==
        said(TokenFault::kTooLong));
  const std::string deep = std::string(1400, '[') + std::string(1400, ']');
  CHECK_FALSE(judge_claims(deep).starts_with("user"));
  CHECK_FALSE(judge(make_token(secret(), deep, kGood), only(secret())).starts_with("user"));
}
