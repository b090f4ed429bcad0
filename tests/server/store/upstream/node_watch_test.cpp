#include "upstream/node_watch.hpp"

#include "support/catch.hpp"

namespace lastbeat {
namespace {

using std::chrono::seconds;

NodeInfo there(const std::string& name) { return {.name = name, .server = ServerInfo{}}; }
NodeInfo away(const std::string& name) {
  return {.name = name, .server = Error{.kind = ErrorKind::kConnect, .message = "refused"}};
}

// "-a refused" for one that is lost, "+a" for one that is back.
std::string look(NodeWatch& watch, const std::vector<NodeInfo>& nodes, int second) {
  std::string told;
  for (const NodeNews& news : watch.look(nodes, NodeWatch::Time{seconds{second}})) {
    told += news.reason.empty() ? "+" + news.node : "-" + news.node + " " + news.reason;
  }
  return told;
}

TEST_CASE("a node that is lost, and one that is back, are told once") {
  NodeWatch watch;
  CHECK(look(watch, {there("a"), there("b")}, 100).empty());
  CHECK(look(watch, {there("a"), away("b")}, 101) == "-b refused");
  CHECK(look(watch, {there("a"), away("b")}, 102).empty());
  CHECK(look(watch, {away("a"), away("b")}, 103) == "-a refused");
  CHECK(look(watch, {away("a"), there("b")}, 104) == "+b");
  CHECK(look(watch, {there("a"), there("b")}, 105) == "+a");
  CHECK(look(watch, {there("a"), there("b")}, 106).empty());
}

TEST_CASE("a node that is away from the start is lost") {
  NodeWatch watch;
  CHECK(look(watch, {away("a"), there("b")}, 100) == "-a refused");
}

TEST_CASE("a node that comes and goes is told to be lost once in ten seconds") {
  NodeWatch watch;
  CHECK(look(watch, {away("a")}, 100) == "-a refused");
  CHECK(look(watch, {there("a")}, 101) == "+a");
  CHECK(look(watch, {away("a")}, 102).empty());
  CHECK(look(watch, {there("a")}, 103).empty());
  CHECK(look(watch, {away("a")}, 109).empty());
  CHECK(look(watch, {away("a")}, 110) == "-a refused");
}

}  // namespace
}  // namespace lastbeat
