// Asks a server everything that the library can ask: what is missing in the shared library is missed here.
// outside ADDRESS. Exit status: 0 when every answer is the expected one.
#include <lastbeat/client.hpp>

#include <array>
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace {

using namespace std::chrono_literals;

constexpr std::array kUsers{lastbeat::UserId{1}, lastbeat::UserId{2}};
bool all_right = true;

void expect(bool right, const char* what) {
  if (right) return;
  all_right = false;
  std::cerr << "wrong: " << what << '\n';
}

// Thrown in the library, caught here.
bool refuses_bad_address() {
  try {
    lastbeat::Client client{{.server = "nowhere"}};
  } catch (const std::invalid_argument&) {
    return true;
  }
  return false;
}

void ask(lastbeat::Client& client) {
  expect(client.connect().ok() && client.is_connected(), "connect");
  expect(client.heartbeat(kUsers).ok(), "heartbeat");
  expect(client.leave({&kUsers[1], 1}).ok(), "leave");
  const auto statuses = client.status(kUsers);
  expect(statuses && statuses.value() == std::vector{lastbeat::Presence::kOnline, lastbeat::Presence::kLeft}, "status");
  const auto detailed = client.status_detailed(kUsers);
  expect(detailed && detailed.value()[0].age && *detailed.value()[0].age < 30s, "status_detailed");
  expect(client.heartbeat_quiet(kUsers).ok() && client.leave_quiet(kUsers).ok(), "quiet");
  expect(client.ping().ok() && client.quiet_refusals().requests == 0, "ping");
  const auto page = client.online();
  expect(page && page.value().users.empty(), "online");
  const auto count = client.count();
  expect(count && count.value().entries == kUsers.size(), "count");
  const auto stats = client.stats();
  expect(stats && !stats.value().empty(), "stats");
  const auto hello = client.hello();
  expect(hello && hello.value().ttl == 30s, "hello");
  lastbeat::Pipeline pipeline;
  pipeline.heartbeat(kUsers, 1s);
  pipeline.status(kUsers);
  const auto replies = client.run(pipeline);
  expect(replies && replies.value().size() == pipeline.size(), "run");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: outside ADDRESS\n";
    return 2;
  }
  expect(refuses_bad_address(), "an address that is none");
  lastbeat::Client first{{.server = argv[1]}};
  lastbeat::Client client{std::move(first)};
  ask(client);
  return all_right ? 0 : 1;
}
