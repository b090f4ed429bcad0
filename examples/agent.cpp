// A gateway's view: its users stay online for as long as they are connected to it.
#include <chrono>
#include <iostream>
#include <thread>

#include "lastbeat/heartbeat_agent.hpp"
#include "lastbeat/user_id.hpp"

int main(int argc, char** argv) {
  lastbeat::HeartbeatAgent agent{{.server = argc > 1 ? argv[1] : "127.0.0.1:7230"}};
  const lastbeat::UserId alice = lastbeat::user_id_of("alice");
  if (!agent.add(alice)) return 1;  // too many users
  while (agent.counters().heartbeats == 0) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  std::cout << "alice is online\n";
  agent.remove(alice);
  while (agent.counters().leaves == 0) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  std::cout << "alice has left\n";
}
