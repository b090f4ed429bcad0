#include "credentials/credential_store.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "server/auth/credentials/token_maker.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::auth;
using lastbeat::test::make_token;
using lastbeat::test::make_token_of;
using lastbeat::test::TestKey;

namespace {

constexpr UnixSecond kNow = 1'700'000'000;
const std::string kGateway(32, 'g');
const std::string kAdmin(32, 'a');
const std::string kClaims = R"({"sub":"42","exp":1700000060})";

// A folder that goes with the test.
class Folder {
 public:
  Folder() { std::filesystem::create_directory(path_); }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string write(const std::string& name, const std::string& content, mode_t mode = 0600) const {
    std::string file = (path_ / name).string();
    std::ofstream{file, std::ios::binary} << content;
    ::chmod(file.c_str(), mode);
    return file;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("lastbeat-credentials-" + std::to_string(::getpid()));
};

Config tokens_of(const std::string& file) {
  Config config;
  config.token_files = {file};
  return config;
}

}  // namespace

TEST_CASE("service tokens and users' tokens are told apart by what they are") {
  const Folder folder;
  const TestKey key = TestKey::ec();
  Config config = tokens_of(folder.write("tokens", "gateway heartbeat,status " + kGateway + "\n"));
  config.key_files = {{.kid = "", .path = folder.write("key.pem", key.public_pem())}};
  const CredentialStore store{config};
  CHECK(store.judge(kGateway, kNow)->scopes == 3);
  CHECK_FALSE(store.judge(kGateway, kNow)->user.has_value());
  CHECK(store.judge(make_token_of("ES256", key, kClaims), kNow)->user == UserId{42});
  CHECK_FALSE(store.judge(kAdmin, kNow).has_value());
  CHECK_FALSE(store.judge(kGateway + "g", kNow).has_value());
  CHECK_FALSE(store.judge(kGateway.substr(1), kNow).has_value());
  CHECK_FALSE(store.judge("", kNow).has_value());
  CHECK_FALSE(store.judge(std::string(100'000, 'x'), kNow).has_value());
}

TEST_CASE("reading again takes away what is gone, and what has come is good at once") {
  const Folder folder;
  CredentialStore store{tokens_of(folder.write("tokens", "gateway heartbeat " + kGateway + "\n"))};
  const auto before = store.judge(kGateway, kNow);
  const std::uint64_t generation = store.generation();
  folder.write("tokens", "gateway admin " + kGateway + "\nother admin " + kAdmin + "\n");
  CHECK_FALSE(store.judge(kAdmin, kNow).has_value());
  store.reload();
  CHECK(store.generation() != generation);
  CHECK(store.judge(kAdmin, kNow).has_value());
  CHECK(store.renew(*before)->scopes == static_cast<Scopes>(Scope::kAdmin));  // other scopes than before
  folder.write("tokens", "other admin " + kAdmin + "\n");
  store.reload();
  CHECK_FALSE(store.renew(*before).has_value());
  CHECK_FALSE(store.judge(kGateway, kNow).has_value());
}

TEST_CASE("a user's token is renewed as long as its key is there, under whatever name") {
  const Folder folder;
  const TestKey key = TestKey::ec();
  Config config;
  config.key_files = {{.kid = "a", .path = folder.write("a.pem", key.public_pem())},
                      {.kid = "b", .path = folder.write("b.pem", TestKey::ec().public_pem())}};
  CredentialStore store{config};
  const auto user = store.judge(make_token(key, R"({"alg":"ES256","kid":"a"})", kClaims), kNow);
  REQUIRE(user.has_value());
  folder.write("b.pem", key.public_pem());
  folder.write("a.pem", TestKey::ec().public_pem());
  store.reload();
  CHECK(store.renew(*user)->user == UserId{42});
  folder.write("b.pem", TestKey::ec().public_pem());
  store.reload();
  CHECK_FALSE(store.renew(*user).has_value());
}

TEST_CASE("bad files leave everything as it was, and the error says which and why") {
  const Folder folder;
  const std::string good = "gateway heartbeat " + kGateway + "\n";
  CredentialStore store{tokens_of(folder.write("tokens", good))};
  const std::uint64_t generation = store.generation();
  struct Row {
    std::string content;
    const char* named;
  };
  const std::vector<Row> rows{
      {"", "is empty"},
      {"# all gone\n", "holds no token"},
      {good + "half a li", "tokens:2"},
      {good + "gateway admin " + kAdmin + "\n", "two tokens are named gateway"},
      {good + "other admin " + kGateway + "\n", "gateway and other have one token"},
      {std::string((1U << 20U) + 1, '#'), "1 MiB"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.named);
    folder.write("tokens", row.content);
    CHECK_THROWS_WITH(store.reload(), Catch::Contains(row.named) && Catch::Contains(folder.path("tokens")));
    CHECK(store.judge(kGateway, kNow).has_value());
  }
  std::filesystem::remove(folder.path("tokens"));
  CHECK_THROWS_WITH(store.reload(), Catch::Contains("cannot read " + folder.path("tokens")));
  CHECK(store.generation() == generation);
  std::filesystem::create_directory(folder.path("tokens"));
  CHECK_THROWS_WITH(store.reload(), Catch::Contains("no plain file"));
}

TEST_CASE("two keys must not have one kid, nor both be without") {
  const Folder folder;
  const std::string file = folder.write("key", std::string(32, 'k'));
  Config config;
  config.key_files = {{.kid = "a", .path = file}, {.kid = "a", .path = file}};
  CHECK_THROWS_WITH(CredentialSet{config}, Catch::Contains("kid a"));
  config.key_files = {{.kid = "", .path = file}, {.kid = "", .path = file}};
  CHECK_THROWS_WITH(CredentialSet{config}, Catch::Contains("without a kid"));
}

TEST_CASE("files that everybody may read or change are warned of, when that matters") {
  const Folder folder;
  const std::string line = "gateway heartbeat " + kGateway + "\n";
  CHECK(CredentialSet{tokens_of(folder.write("closed", line, 0640))}.warnings().empty());
  CHECK(CredentialSet{tokens_of(folder.write("open", line, 0644))}.warnings().size() == 1);
  CHECK(CredentialSet{tokens_of(folder.write("wide", line, 0666))}.warnings().size() == 2);
  Config config;
  config.key_files = {{.kid = "", .path = folder.write("public", TestKey::ec().public_pem(), 0644)}};
  CHECK(CredentialSet{config}.warnings().empty());  // it is no secret
  config.key_files = {{.kid = "", .path = folder.write("secret", std::string(32, 'k'), 0644)}};
  CHECK(CredentialSet{config}.warnings().size() == 1);
}
