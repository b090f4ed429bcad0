#include "net/net_server.hpp"

#include <algorithm>
#include <future>

#include "log/log.hpp"
#include "net/server_report.hpp"
#include "net/stats_text.hpp"

namespace lastbeat {
namespace {

constexpr std::chrono::seconds kLogInterval{10};

}  // namespace

NetServer::NetServer(const NetConfig& config, PresenceService& presence)
    : presence_{presence},
      connections_{config.max_connections},
      refusals_{kMostRefusals},
      held_bytes_{config.limits.max_held_bytes},
      refusal_log_{kLogInterval},
      error_log_{kLogInterval} {
  std::vector<ListenerProtocol> protocols;
  for (const ListenerConfig& listener : config.listeners) protocols.push_back(listener.protocol);
  for (const ListenerConfig& listener : config.listeners) names_.push_back(listener.name);
  ServerQuestions questions{.stats = [this] { return stats(); },
                            .metrics = {},
                            .history = [this] { return history(); },
                            .is_ready = [this] { return is_ready(); },
                            .authority = config.authority};
  if (config.metrics) questions.metrics = [this, write = config.metrics] { return write(report()); };
  for (std::size_t i = 0; i < config.threads; ++i) {
    loops_.push_back(
        std::make_unique<EventLoop>(presence, config.limits, held_bytes_, protocols, questions, config.turn_clock));
  }
  historian_ =
      std::make_unique<Repeater>(loops_.front()->context(), config.history_interval, [this] { add_to_history(); });
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const Listener::Sink sink{
        .accept = [this, i](Socket socket) { accept(std::move(socket), i); },
        .failed = [this, i](const std::error_code& error) { accept_failed(error, i); },
    };
    secure_.push_back(config.listeners[i].secure);
    listeners_.push_back(std::make_unique<Listener>(loops_.front()->context(), config.listeners[i].endpoint, sink));
  }
}

NetServer::~NetServer() { stop(); }

void NetServer::start() {
  for (const auto& listener : listeners_) listener->start();
  historian_->start();
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
    historian_->stop();
    closed.set_value();
  });
  closed.get_future().wait();
  for (const auto& loop : loops_) loop->stop(kGrace);
  for (const auto& loop : loops_) loop->join();
}

void NetServer::accept(Socket socket, std::size_t listener) {
  try {
    if (secure_[listener]) socket.secure(secure_[listener]);
    hand_over(std::move(socket), listener);
  } catch (const std::bad_alloc&) {
    loops_.front()->counters(listener).add(Counter::kOutOfMemory);
  }
}

void NetServer::hand_over(Socket socket, std::size_t listener) {
  next_loop_ = (next_loop_ + 1) % loops_.size();  // the listeners share one rotation
  EventLoop& loop = *loops_[next_loop_];
  if (Lease lease{connections_}; !lease.is_empty()) {
    return loop.adopt(std::move(socket), std::move(lease), listener, {});
  }
  if (refusal_log_.allow(std::chrono::steady_clock::now())) {
    log::warn("refusing connections: all " + std::to_string(connections_.limit()) + " of --max-connections are in use",
              {{"max_connections", connections_.limit()}});
  }
  Lease lease{refusals_};
  if (lease.is_empty()) {
    loops_.front()->counters(listener).add(Counter::kRefusedConnections);
    return;  // the socket closes
  }
  loop.adopt(std::move(socket), std::move(lease), listener, EndReason::kTooManyConnections);
}

void NetServer::add_to_history() noexcept {
  try {
    history_.add(read_boot_time(), report());
  } catch (const std::bad_alloc&) {
    // One sample less is no loss.
  }
}

void NetServer::accept_failed(const std::error_code& error, std::size_t listener) {
  loops_.front()->counters(listener).add(Counter::kAcceptErrors);
  if (!error_log_.allow(std::chrono::steady_clock::now())) return;
  const std::string reason = error.message();
  log::error("cannot accept connections: " + reason, {{"protocol", names_[listener]}, {"reason", reason}});
}

void NetServer::ask_loops(const std::function<void()>& all_answered) {
  const auto silent = std::make_shared<std::atomic<std::size_t>>(loops_.size());
  for (const auto& loop : loops_) {
    asio::post(loop->context(), [silent, all_answered] {
      if (--*silent == 0) all_answered();
    });
  }
}

std::vector<std::string> NetServer::addresses() const {
  std::vector<std::string> addresses;
  for (const auto& listener : listeners_) addresses.push_back(listener->address());
  return addresses;
}

Report NetServer::report() const {
  std::vector<ProtocolFigures> protocols;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    auto figures = std::find_if(protocols.begin(), protocols.end(),
                                [&](const ProtocolFigures& one) { return one.protocol == names_[i]; });
    if (figures == protocols.end()) {
      figures = protocols.insert(protocols.end(), {.protocol = names_[i], .counters = {}, .turns = {}});
    }
    for (const auto& loop : loops_) {
      figures->counters.push_back(&loop->counters(i));
      figures->turns.push_back(&loop->turns(i));
    }
  }
  return server_report(presence_, protocols,
                       {.connections = connections_.used(),
                        .max_connections = connections_.limit(),
                        .uptime = std::chrono::steady_clock::now() - started_,
                        .started = started_on_});
}

std::string NetServer::stats() const { return stats_text(report().readings); }

}  // namespace lastbeat
