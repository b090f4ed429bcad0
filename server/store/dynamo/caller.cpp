#include "dynamo/caller.hpp"

#include <algorithm>
#include <utility>

#include "log/log.hpp"

namespace lastbeat::dynamo {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstPause{25};
constexpr milliseconds kLongestPause{1000};
constexpr std::size_t kOtherConnections = 2;  // for credentials, and for looking whether DynamoDB is back
constexpr std::chrono::seconds kMostSkew{3};  // replies say whole seconds, and are under way for a while
constexpr std::chrono::minutes kBetweenSkewLogs{10};
constexpr long kFirstServerError = 500;

bool is_one_of(const std::string& name, std::initializer_list<const char*> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Sooner or later it will do what it is asked.
bool is_throttling(const ServiceError& error) {
  return is_one_of(error.name, {"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
                                "TransactionConflictException"});
}

bool is_about_credentials(const ServiceError& error) {
  return is_one_of(error.name, {"ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException",
                                "MissingAuthenticationTokenException", "IncompleteSignatureException"});
}

std::string reason_of(const HttpReply& reply, const ServiceError& error) {
  if (error.name == "ResourceNotFoundException") return "there is no such table; --create-table makes it";
  if (error.name.empty()) return "it replied with status " + std::to_string(reply.status);
  return error.name + (error.message.empty() ? "" : ": " + error.message);
}

}  // namespace

Caller::Call::Call(asio::io_context& context, std::unique_ptr<Exchange> what, Time end)
    : exchange{std::move(what)}, deadline{end}, backoff{kFirstPause, kLongestPause}, pause{context} {}

Caller::Caller(asio::io_context& context, const Config& config, const Environment& environment, UnixClock clock,
               CallerOwner& owner)
    : context_{context},
      config_{config},
      scope_{"aws:amz:" + config.address.region + ":dynamodb"},
      clock_{std::move(clock)},
      owner_{owner},
      http_{context, config.address.requests + kOtherConnections},
      credentials_{http_, environment, clock_, config.timeout},
      skew_log_{kBetweenSkewLogs} {}

void Caller::start(std::unique_ptr<Exchange> exchange) {
  ++under_way_;
  attempt(std::make_shared<Call>(context_, std::move(exchange), steady_clock::now() + config_.timeout));
}

void Caller::stop() {
  is_stopped_ = true;
  for (const CallPtr& call : pausing_) call->pause.cancel();
  http_.cancel_all();
}

void Caller::attempt(const CallPtr& call) {
  if (is_stopped_) return give_up(call);
  call->sent = steady_clock::now();
  credentials_.get([this, call](const Credentials* credentials) {
    if (credentials == nullptr) return trouble(call, credentials_.why());
    send(call, *credentials);
  });
}

void Caller::send(const CallPtr& call, const Credentials& credentials) {
  if (is_stopped_) return give_up(call);
  HttpRequest request{.url = config_.address.endpoint + "/"};
  request.headers = {"Content-Type: application/x-amz-json-1.0",
                     "X-Amz-Target: " + target_of(call->exchange->operation())};
  request.body = call->exchange->body(clock_());
  request.timeout = std::chrono::ceil<milliseconds>(call->deadline - steady_clock::now());
  request.signature = std::make_unique<HttpRequest::Signature>(HttpRequest::Signature{scope_, credentials});
  request.ca_file = config_.ca_file;
  http_.send(std::move(request), [this, call](const HttpReply& reply) { take(call, reply); });
}

void Caller::take(const CallPtr& call, const HttpReply& reply) {
  if (reply.status == 0) return trouble(call, reply.error);
  if (reply.date) compare_clocks(*reply.date);
  if (reply.status != HttpReply::kOk) return take_error(call, reply);
  switch (call->exchange->take(reply.body)) {
    case Exchange::Progress::kDone:
      owner_.on_answer();
      return end();
    case Exchange::Progress::kPartOpen:
      owner_.on_answer();
      return again(call);
    case Exchange::Progress::kNonsense:
      return trouble(call, "its reply is not that of DynamoDB");
  }
}

// Stamps are of the servers' clocks: one that is off makes users offline too early or too late.
void Caller::compare_clocks(std::chrono::sys_seconds date) {
  const auto off = std::chrono::abs(clock_() - date.time_since_epoch());
  if (off < kMostSkew || !skew_log_.allow(steady_clock::now())) return;
  const auto seconds = static_cast<std::uint64_t>(std::chrono::round<std::chrono::seconds>(off).count());
  log::warn("this clock is " + std::to_string(seconds) + " s off that of DynamoDB: users are offline too early or late",
            {{"seconds", seconds}});
}

void Caller::take_error(const CallPtr& call, const HttpReply& reply) {
  const ServiceError error = parse_error(reply.body);
  if (call->exchange->is_answered_by(error)) {
    owner_.on_answer();
    return end();
  }
  if (is_throttling(error)) {
    owner_.on_answer();
    return again(call);
  }
  const bool needs_others = is_about_credentials(error);
  if (needs_others) credentials_.reject();
  if (needs_others && !std::exchange(call->was_rejected, true)) return again(call);
  if (reply.status >= kFirstServerError || needs_others) return trouble(call, reason_of(reply, error));
  if (!is_stopped_) owner_.on_refusal(reason_of(reply, error));
  give_up(call);
}

void Caller::trouble(const CallPtr& call, const std::string& reason) {
  if (is_stopped_ || !owner_.on_trouble(reason, call->sent)) return give_up(call);
  again(call);
}

void Caller::again(const CallPtr& call) {
  const auto pause = call->backoff.next(random_());
  if (is_stopped_ || steady_clock::now() + pause >= call->deadline) return give_up(call);
  call->pause.expires_after(pause);
  pausing_.insert(call);
  call->pause.async_wait([this, call](const std::error_code&) {
    pausing_.erase(call);
    attempt(call);
  });
}

void Caller::give_up(const CallPtr& call) {
  call->exchange->give_up();
  end();
}

void Caller::end() {
  --under_way_;
  owner_.on_over();
}

}  // namespace lastbeat::dynamo
