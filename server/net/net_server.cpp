#include "net/net_server.hpp"

#include <spdlog/spdlog.h>

#include <future>

#include "net/stats_report.hpp"

namespace lastbeat {
namespace {

constexpr std::chrono::seconds kLogInterval{10};

}  // namespace

NetServer::NetServer(const NetConfig& config, PresenceService& presence)
    : presence_{presence},
      connections_{config.max_connections},
      refusals_{kMostRefusals},
      refusal_log_{kLogInterval},
      error_log_{kLogInterval} {
  std::vector<ListenerProtocol> protocols;
  for (const ListenerConfig& listener : config.listeners) protocols.push_back(listener.protocol);
  for (std::size_t i = 0; i < config.threads; ++i) {
    loops_.push_back(std::make_unique<EventLoop>(
        presence, config.limits, protocols, [this] { return stats(); }, [this] { return is_ready(); },
        config.authority));
  }
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const Listener::Sink sink{
        .accept = [this, i](Socket socket) { accept(std::move(socket), i); },
        .failed = [this](const std::error_code& error) { accept_failed(error); },
    };
    listeners_.push_back(std::make_unique<Listener>(loops_.front()->context(), config.listeners[i].endpoint, sink));
  }
}

NetServer::~NetServer() { stop(); }

void NetServer::start() {
  for (const auto& listener : listeners_) listener->start();
  for (const auto& loop : loops_) {
    loop->start();
    is_running_ = true;  // there is something to stop, also when the next thread cannot be had
  }
  is_ready_ = true;
}

void NetServer::stop() {
  drain();
  if (!std::exchange(is_running_, false)) return;
  std::promise<void> closed;
  asio::post(loops_.front()->context(), [&] {
    for (const auto& listener : listeners_) listener->stop();
    closed.set_value();
  });
  closed.get_future().wait();
  for (const auto& loop : loops_) loop->stop(kGrace);
  for (const auto& loop : loops_) loop->join();
}

void NetServer::accept(Socket socket, std::size_t listener) {
  next_loop_ = (next_loop_ + 1) % loops_.size();  // the listeners share one rotation
  EventLoop& loop = *loops_[next_loop_];
  if (Lease lease{connections_}; !lease.is_empty()) {
    return loop.adopt(std::move(socket), std::move(lease), listener, {});
  }
  if (refusal_log_.allow(std::chrono::steady_clock::now())) {
    spdlog::warn("refusing connections: all {} of --max-connections are in use", connections_.limit());
  }
  Lease lease{refusals_};
  if (lease.is_empty()) {
    loops_.front()->counters().add(Counter::kRefusedConnections);
    return;  // the socket closes
  }
  loop.adopt(std::move(socket), std::move(lease), listener, EndReason::kTooManyConnections);
}

void NetServer::accept_failed(const std::error_code& error) {
  loops_.front()->counters().add(Counter::kAcceptErrors);
  if (error_log_.allow(std::chrono::steady_clock::now()))
    spdlog::error("cannot accept connections: {}", error.message());
}

std::vector<std::string> NetServer::addresses() const {
  std::vector<std::string> addresses;
  for (const auto& listener : listeners_) addresses.push_back(listener->address());
  return addresses;
}

std::string NetServer::stats() const {
  std::vector<const Counters*> counters;
  for (const auto& loop : loops_) counters.push_back(&loop->counters());
  return stats_report(presence_, counters,
                      {.connections = connections_.used(),
                       .max_connections = connections_.limit(),
                       .uptime = std::chrono::steady_clock::now() - started_});
}

}  // namespace lastbeat
