#include "credentials/jwt_key.hpp"

#include <string>

#include "server/auth/credentials/token_maker.hpp"
#include "support/catch.hpp"

using namespace lastbeat::auth;
using lastbeat::test::TestKey;

namespace {

JwtKey read(const std::string& content) { return read_jwt_key("", content, "key.file"); }

}  // namespace

TEST_CASE("the form of a key decides its algorithm") {
  const TestKey rsa = TestKey::rsa();
  CHECK(read(rsa.public_pem()).algorithm == Algorithm::kRs256);
  CHECK(read(TestKey::ec().public_pem()).algorithm == Algorithm::kEs256);
  CHECK(read(std::string(32, 's')).algorithm == Algorithm::kHs256);
  CHECK_FALSE(read(rsa.public_pem()).is_secret());
  CHECK(read(std::string(32, 's')).is_secret());
  CHECK(read_jwt_key("a", std::string(32, 's'), "key.file").kid == "a");
}

TEST_CASE("a line end behind a secret that is text does not belong to it") {
  const std::string secret(32, 's');
  for (const char* end : {"", "\n", "\r\n"}) CHECK(read(secret + end).material == secret);
  CHECK(read(secret + "\n\n").material == secret + "\n\n");
  const std::string binary = std::string(31, '\x01') + "\n";
  CHECK(read(binary).material == binary);
}

TEST_CASE("keys have one digest when they accept the same tokens, and only then") {
  const std::string secret(32, 's');
  CHECK(read(secret).digest == read_jwt_key("other", secret + "\n", "other.file").digest);
  CHECK(read(secret).digest != read(secret + "s").digest);
}

TEST_CASE("what is no key for users' tokens is refused with a reason that names the file") {
  const TestKey ec = TestKey::ec();
  const TestKey small = TestKey::rsa(1024);
  struct Row {
    std::string content;
    const char* named;
  };
  const std::vector<Row> rows{
      {std::string(31, 's'), "too short"},
      {std::string(31, 's') + "\n", "too short"},
      {ec.private_pem(), "private key"},
      {small.public_pem(), "2048"},
      {TestKey::ec("P-384").public_pem(), "P-256"},
      {TestKey::ed25519().public_pem(), "P-256"},
      {ec.public_pem() + ec.public_pem(), "one PEM text"},
      {ec.public_pem().substr(0, 60), "no key that can be read"},
      {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "one PEM text"},
      // Taken for a secret, each of these would let everybody sign.
      {ec.public_der(), "public key"},
      {small.public_der(), "public key"},
      {R"({"keys":[{"kty":"RSA","n":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","e":"AQAB"}]})", "public key"},
      {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJxxxxxxxxxxxxxxxxxxxxx me@here\n", "public key"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.content);
    CHECK_THROWS_WITH(read(row.content), Catch::Contains(row.named) && Catch::Contains("key.file"));
  }
}
