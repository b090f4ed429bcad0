#include "store/dynamo_config.hpp"

#include <map>
#include <stdexcept>

#include "support/catch.hpp"

using namespace lastbeat::dynamo;

namespace {

Address parse(const std::string& text, const std::map<std::string, std::string>& variables = {}) {
  return parse_address(text, [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string{} : found->second;
  });
}

}  // namespace

TEST_CASE("an address of DynamoDB names a table, a region, and what else there is to say") {
  CHECK(parse("dynamodb://presence?region=eu-west-1") ==
        Address{.table = "presence", .region = "eu-west-1", .endpoint = "https://dynamodb.eu-west-1.amazonaws.com"});
  CHECK(parse("dynamodb://a.b-c_D?region=cn-north-1").endpoint == "https://dynamodb.cn-north-1.amazonaws.com.cn");
  CHECK(
      parse(
          "dynamodb://presence?endpoint=http://127.0.0.1:8000/&region=local&reads=eventual&writes=batch&requests=7") ==
      Address{.table = "presence",
              .region = "local",
              .endpoint = "http://127.0.0.1:8000",
              .reads = Reads::kEventual,
              .writes = Writes::kBatch,
              .requests = 7});
}

TEST_CASE("a region that the address does not name is that of the environment") {
  CHECK(parse("dynamodb://presence", {{"AWS_DEFAULT_REGION", "us-east-1"}}).region == "us-east-1");
  CHECK(parse("dynamodb://presence", {{"AWS_DEFAULT_REGION", "us-east-1"}, {"AWS_REGION", "us-west-2"}}).region ==
        "us-west-2");
  CHECK(parse("dynamodb://presence?region=eu-west-1", {{"AWS_REGION", "us-west-2"}}).region == "eu-west-1");
}

TEST_CASE("an address of DynamoDB that cannot be meant is refused") {
  const auto* const text = GENERATE(
      "dynamodb:presence", "dynamodb://presence", "dynamodb://ab?region=eu-west-1",
      "dynamodb://pre/sence?region=eu-west-1", "dynamodb://presence?region=", "dynamodb://presence?region=Eu",
      "dynamodb://presence?region=eu&endpoint=host:80", "dynamodb://presence?region=eu&endpoint=http://host/path",
      "dynamodb://presence?region=eu&endpoint=http://user@host", "dynamodb://presence?region=eu&reads=fast",
      "dynamodb://presence?region=eu&writes=", "dynamodb://presence?region=eu&requests=0",
      "dynamodb://presence?region=eu&requests=1025", "dynamodb://presence?region=eu&x=1");
  INFO(text);
  CHECK_THROWS_AS(parse(text), std::invalid_argument);
}
