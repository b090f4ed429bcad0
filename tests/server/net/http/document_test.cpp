// docs/openapi.json describes the paths that are served, their methods and the errors, no more and no fewer.
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "http/endpoint.hpp"
#include "http/refusal.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::http;
using nlohmann::json;

namespace {

json document() {
  std::ifstream file{LASTBEAT_SOURCE_DIR "/docs/openapi.json"};
  return json::parse(file);
}

std::set<std::string> served() {
  std::set<std::string> operations;
  for (const Path& path : paths()) {
    std::string name{path.path};
    if (path.endpoint == Endpoint::kStatus) name += "{user_id}";
    if (has(path.verbs, Verb::kGet)) operations.insert("get " + name);
    if (has(path.verbs, Verb::kHead)) operations.insert("head " + name);
    if (has(path.verbs, Verb::kPost)) operations.insert("post " + name);
  }
  return operations;
}

std::set<std::string> described(const json& api) {
  std::set<std::string> operations;
  for (const auto& [name, path] : api["paths"].items()) {
    for (const auto& [method, operation] : path.items()) {
      operations.insert(std::string{method}.append(" ").append(name));
      // Every GET answers HEAD too; the document does not repeat it.
      if (method == "get") operations.insert("head " + name);
      CHECK(operation.contains("responses"));
      CHECK(operation.contains("operationId"));
    }
  }
  return operations;
}

}  // namespace

TEST_CASE("the OpenAPI document describes what is served") {
  const json api = document();
  CHECK(api["openapi"] == "3.1.0");
  CHECK(described(api) == served());
}

TEST_CASE("the OpenAPI document tells which token each operation needs") {
  const json api = document();
  const auto expected = [](auth::Need need) -> json {
    switch (need) {
      case auth::Need::kNothing:
        return json::array();
      case auth::Need::kBeat:
        return json::parse(R"([{"userToken":[]},{"serviceToken":["heartbeat"]}])");
      case auth::Need::kBeatMany:
        return json::parse(R"([{"serviceToken":["heartbeat"]}])");
      case auth::Need::kRead:
        return json::parse(R"([{"userToken":[]},{"serviceToken":["status"]}])");
      case auth::Need::kCount:
        return json::parse(R"([{"serviceToken":["status"]}])");
      case auth::Need::kAdmin:
        break;
    }
    return json::parse(R"([{"serviceToken":["admin"]}])");
  };
  for (const Path& path : paths()) {
    std::string name{path.path};
    if (path.endpoint == Endpoint::kStatus) name += "{user_id}";
    CAPTURE(name);
    const json& operation = api["paths"][name].front();
    CHECK(operation["security"] == expected(path.need));
    CHECK(operation["responses"].contains("401") == (path.need != auth::Need::kNothing));
  }
  for (const char* scheme : {"userToken", "serviceToken"}) {
    CHECK(api["components"]["securitySchemes"][scheme]["scheme"] == "bearer");
  }
}

TEST_CASE("the OpenAPI document lists every error code") {
  std::set<std::string> codes;
  for (int i = 1; i <= static_cast<int>(Refusal::kStoreUnavailable); ++i) {
    const RefusalText& text = describe(static_cast<Refusal>(i));
    CAPTURE(i);
    REQUIRE(text.status >= 400);
    CHECK(codes.insert(std::string{text.code}).second);
    for (const std::string_view part : {text.code, text.message}) {
      CHECK(part.find_first_of("\"\\") == std::string_view::npos);
    }
  }
  const json api = document();
  const json& listed = api["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]["enum"];
  CHECK(std::set<std::string>(listed.begin(), listed.end()) == codes);
}
