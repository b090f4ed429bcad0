#include "redis/node.hpp"

#include <utility>

#include "log/log.hpp"
#include "redis/script.hpp"

namespace lastbeat::redis {
namespace {

namespace resp = protocol::resp;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstBackoff{50};
constexpr milliseconds kLongestBackoff{2000};
constexpr std::chrono::seconds kLogInterval{30};

}  // namespace

std::shared_ptr<const Route> route_to(const std::string& server, const Config& config) {
  ClientOptions options;
  options.server = server;
  options.tls.enabled = config.address.is_encrypted;
  options.tls.ca_file = config.ca_file;
  return std::make_shared<const Route>(options);
}

Node::Node(const asio::any_io_executor& executor, Config config, const Rules& rules, NodeOwner& owner)
    : config_{std::move(config)},
      ttl_{std::to_string(rules.ttl)},
      retain_{std::to_string(rules.retain)},
      owner_{owner},
      executor_{executor},
      route_{route_to(config_.address.server, config_)},
      greeting_{config_},
      deadline_{executor},
      pause_{executor},
      backoff_{kFirstBackoff, kLongestBackoff},
      down_log_{kLogInterval},
      full_log_{kLogInterval} {}

void Node::start() {
  greeting_ = Greeting{config_};
  connection_ = std::make_shared<Connection>(executor_, route_, static_cast<ConnectionOwner&>(*this));
  connection_->open();
  deadline_.expires_after(config_.timeout);
  deadline_.async_wait([this](const std::error_code& error) {
    if (!error && connection_ && !is_up_)
      fail("no connection within " + std::to_string(config_.timeout.count()) + " ms");
  });
}

void Node::stop() {
  is_stopped_ = true;
  pause_.cancel();
  if (connection_) close();
}

void Node::send(Call call, milliseconds now) {
  Buffer& out = connection_->out();
  if (call.is_ask) append_command(out, {"ASKING"});
  append_call(out, greeting_.script_hash(),
              {.prefix = config_.prefix, .ttl = ttl_, .retain = retain_, .commands = call.commands, .now = now});
  connection_->flush();
  call.deadline = steady_clock::now() + config_.timeout;
  calls_.push_back(std::move(call));
  watch_deadline();
}

void Node::on_open() {
  greeting_.append(connection_->out());
  connection_->flush();
}

void Node::on_element(const resp::Element& element) {
  if (is_up_) return take_reply(element);
  if (!greeting_.take(element)) {
    if (!greeting_.reason().empty()) fail(greeting_.reason());
    return;
  }
  is_up_ = true;
  deadline_.cancel();
  log_up();
  owner_.on_up(*this, greeting_.facts());
}

void Node::take_reply(const resp::Element& element) {
  if (calls_.empty()) return fail("it replied to what nobody asked");
  if (element.type == resp::Type::kError) return take_error(element.text);
  Call& call = calls_.front();
  if (call.is_ask && element.type == resp::Type::kSimple) {
    call.is_ask = false;  // that was for ASKING
    return;
  }
  if (!std::exchange(is_within_reply_, true)) {
    const bool is_head = element.type == resp::Type::kArray && !element.is_null;
    if (!is_head || element.number != static_cast<std::int64_t>(call.commands.size())) {
      fail("its reply is not that of the script");
    }
    return;
  }
  if (element.type != resp::Type::kInteger) return fail("its reply is not that of the script");
  if (element.number == script_reply::kFull) log_full();
  owner_.on_number(call, element.number);
  if (++call.answered < call.commands.size()) return;
  is_within_reply_ = false;
  backoff_.reset();
  Call done = std::move(call);
  calls_.pop_front();
  expect_next();
  owner_.on_done(done);
}

void Node::take_error(std::string_view error) {
  const std::string text{error};
  if (is_within_reply_ || calls_.front().is_ask) return fail(text);
  Call refused = std::move(calls_.front());
  calls_.pop_front();
  expect_next();
  if (owner_.on_error(*this, refused, text)) return;
  calls_.push_front(std::move(refused));
  fail(text);
}

// The time for an answer counts from when Redis had nothing to do before it: much work is no silence.
void Node::expect_next() {
  if (!calls_.empty()) calls_.front().deadline = steady_clock::now() + config_.timeout;
}

// One that takes connections and refuses calls is up and down many times a second.
void Node::log_up() {
  if (!std::exchange(is_return_news_, false)) return;
  const std::string& version = greeting_.facts().version;
  log::info("Redis " + version + " at " + server() + " is reachable", {{"version", version}, {"address", server()}});
}

void Node::log_down(const std::string& reason) {
  if (!down_log_.allow(RateLimit::Time::clock::now())) return;
  is_return_news_ = true;
  log::warn("Redis at " + server() + " cannot be used, trying again: " + reason,
            {{"reason", reason}, {"address", server()}});
}

void Node::log_full() {
  if (!full_log_.allow(RateLimit::Time::clock::now())) return;
  log::error("Redis at " + server() + " is out of memory and refuses heartbeats, known users' too: raise its maxmemory",
             {{"reason", "maxmemory"}, {"address", server()}});
}

void Node::fail(const std::string& reason) {
  log_down(reason);
  is_up_ = false;
  owner_.on_down(*this, reason);
  close();
  try_again();
}

void Node::close() {
  connection_->close();
  connection_.reset();
  is_up_ = false;
  is_within_reply_ = false;
  deadline_.cancel();
  auto calls = std::exchange(calls_, {});
  for (Call& call : calls) owner_.on_failed(call);
}

void Node::try_again() {
  pause_.expires_after(backoff_.next(random_()));
  pause_.async_wait([this](const std::error_code& error) {
    if (!error && !is_stopped_) start();
  });
}

void Node::watch_deadline() {
  if (std::exchange(is_watching_, true)) return;
  deadline_.expires_at(calls_.front().deadline);
  deadline_.async_wait([this](const std::error_code& error) {
    is_watching_ = false;
    if (error || calls_.empty()) return;
    if (calls_.front().deadline <= steady_clock::now()) {
      return fail("no reply within " + std::to_string(config_.timeout.count()) + " ms");
    }
    watch_deadline();
  });
}

}  // namespace lastbeat::redis
