// The synchronous client: a call returns when the answer is here.
#include <array>
#include <iostream>

#include "lastbeat/client.hpp"

int main(int argc, char** argv) {
  lastbeat::Client client{{.server = argc > 1 ? argv[1] : "127.0.0.1:7230"}};
  const std::array users{lastbeat::UserId{42}, lastbeat::UserId{43}};
  if (auto sent = client.heartbeat(std::span{users}.first(1)); !sent) {
    std::cerr << sent.error().message << '\n';
    return 1;
  }
  const auto status = client.status(users);
  if (!status) {
    std::cerr << status.error().message << '\n';
    return 1;
  }
  for (const auto presence : status.value()) {
    std::cout << (presence == lastbeat::Presence::kOnline ? "online" : "offline") << '\n';
  }
}
