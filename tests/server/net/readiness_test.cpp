#include "net/readiness.hpp"

#include <vector>

#include "protocol/bytes.hpp"
#include "server/net/socket_pair.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::SocketPair;

namespace {

// Counts what it is told.
class CountingWatcher final : public Watcher {
 public:
  void on_ready() override { ++told; }
  int told = 0;
};

// Runs one round of waiting: a handler posted behind it would come first, so this looks until nothing is left to do.
void run_ready(asio::io_context& context) {
  for (int i = 0; i < 3; ++i) context.poll_one();
}

}  // namespace

TEST_CASE("a watcher is told while there is something to read, and not before") {
  asio::io_context context;
  Readiness readiness{context};
  readiness.start();
  SocketPair pair;
  CountingWatcher watcher;
  readiness.change(pair.near().descriptor(), watcher, Interest::kNone, Interest::kRead);
  run_ready(context);
  CHECK(watcher.told == 0);

  REQUIRE(pair.far().send(protocol::as_bytes("abc")).bytes == 3);
  run_ready(context);
  CHECK(watcher.told > 0);

  std::vector<std::byte> into(1);  // two bytes stay: it must be told again
  REQUIRE(pair.near().receive(into).bytes == 1);
  watcher.told = 0;
  run_ready(context);
  CHECK(watcher.told > 0);
}

TEST_CASE("a watcher is told what it asked for last: nothing when it asks for nothing, also when the peer is gone") {
  asio::io_context context;
  Readiness readiness{context};
  readiness.start();
  SocketPair pair;
  CountingWatcher watcher;
  const int descriptor = pair.near().descriptor();
  readiness.change(descriptor, watcher, Interest::kNone, Interest::kRead);
  readiness.change(descriptor, watcher, Interest::kRead, Interest::kWrite);
  run_ready(context);
  CHECK(watcher.told > 0);

  readiness.change(descriptor, watcher, Interest::kWrite, Interest::kNone);
  pair.far().close();
  watcher.told = 0;
  run_ready(context);
  CHECK(watcher.told == 0);

  readiness.change(descriptor, watcher, Interest::kNone, Interest::kRead);
  run_ready(context);
  CHECK(watcher.told > 0);
}

TEST_CASE("more sockets than one round takes are all told") {
  constexpr std::size_t kSockets = 300;
  asio::io_context context;
  Readiness readiness{context};
  readiness.start();
  std::vector<SocketPair> pairs(kSockets);
  std::vector<CountingWatcher> watchers(kSockets);
  for (std::size_t i = 0; i < kSockets; ++i) {
    readiness.change(pairs[i].near().descriptor(), watchers[i], Interest::kNone, Interest::kRead);
    REQUIRE(pairs[i].far().send(protocol::as_bytes("a")).bytes == 1);
  }
  for (int i = 0; i < 10; ++i) run_ready(context);
  for (const CountingWatcher& watcher : watchers) CHECK(watcher.told > 0);
}

TEST_CASE("once stopped it keeps its context no longer, also when something is ready") {
  asio::io_context context;
  Readiness readiness{context};
  readiness.start();
  SocketPair pair;
  CountingWatcher watcher;
  readiness.change(pair.near().descriptor(), watcher, Interest::kNone, Interest::kRead);
  REQUIRE(pair.far().send(protocol::as_bytes("abc")).bytes == 3);
  readiness.stop();
  context.run();
  CHECK(watcher.told == 0);
}
