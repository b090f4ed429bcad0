#include "dynamo/table_maker.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <variant>

#include "dynamo/caller.hpp"
#include "log/log.hpp"

namespace lastbeat::dynamo {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kRequestTime{10};  // making a table takes longer than reading an item
constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{2000};
constexpr int kMostLooks = 150;  // five minutes

using Reply = std::variant<std::string, ServiceError>;

// One request that is repeated only when DynamoDB has too much to do.
class Question final : public Exchange {
 public:
  Question(Operation operation, std::string body, std::optional<Reply>& reply)
      : operation_{operation}, body_{std::move(body)}, reply_{reply} {}
  [[nodiscard]] Operation operation() const noexcept override { return operation_; }
  [[nodiscard]] std::string body(UnixTime /*now*/) override { return body_; }
  [[nodiscard]] Progress take(std::string_view reply) override {
    reply_ = std::string{reply};
    return Progress::kDone;
  }
  [[nodiscard]] bool is_answered_by(const ServiceError& error) override {
    if (error.name.empty() || error.name == "ThrottlingException" || error.name == "InternalServerError") return false;
    reply_ = error;
    return true;
  }
  void give_up() override {}

 private:
  const Operation operation_;
  const std::string body_;
  std::optional<Reply>& reply_;
};

// Asks one thing after the other, and waits for each.
class TableMaker final : private CallerOwner {
 public:
  TableMaker(const Config& config, const Environment& environment)
      : config_{with_time(config)}, caller_{context_, config_, environment, unix_time, *this} {}

  void make() {
    create();
    wait_until_active();
    turn_expiry_on();
    log::info("the DynamoDB table " + table() + " is ready", {{"table", table()}});
  }

 private:
  static Config with_time(Config config) {
    config.timeout = std::max<milliseconds>(config.timeout, kRequestTime);
    return config;
  }
  static UnixTime unix_time() {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  }

  void on_answer() override {}
  // Whoever waits for this command is told at once, and may start it again.
  bool on_trouble(const std::string& reason, Time /*since*/) override {
    reason_ = reason;
    return false;
  }
  void on_refusal(const std::string& reason) override { reason_ = reason; }
  void on_over() override {}

  [[nodiscard]] const std::string& table() const { return config_.address.table; }
  [[noreturn]] void fail(const std::string& reason) const {
    throw std::runtime_error("cannot make the DynamoDB table " + table() + " at " + config_.address.endpoint + ": " +
                             reason);
  }
  [[noreturn]] void fail(const ServiceError& error) const { fail(error.name + ": " + error.message); }

  Reply ask(Operation operation, std::string body) {
    std::optional<Reply> reply;
    caller_.start(std::make_unique<Question>(operation, std::move(body), reply));
    context_.restart();
    context_.run();
    if (!reply) fail(reason_.empty() ? "DynamoDB has too much to do" : reason_);
    return *std::move(reply);
  }

  void create() {
    const Reply reply = ask(Operation::kCreateTable, create_table_body(table()));
    const auto* const error = std::get_if<ServiceError>(&reply);
    if (error == nullptr) return log::info("making the DynamoDB table " + table(), {{"table", table()}});
    if (error->name != "ResourceInUseException") fail(*error);
    log::info("there is a DynamoDB table " + table() + " already", {{"table", table()}});
  }

  void wait_until_active() {
    milliseconds pause = kFirstPause;
    for (int look = 0; look < kMostLooks; ++look) {
      const Reply reply = ask(Operation::kDescribeTable, describe_body(table()));
      if (const auto* const error = std::get_if<ServiceError>(&reply)) fail(*error);
      const auto facts = parse_table(std::get<std::string>(reply));
      if (!facts) fail("its description is not that of DynamoDB");
      if (!facts->has_our_key) fail("it has another key than the number `id`");
      if (facts->status == "ACTIVE" || facts->status == "UPDATING") return;
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, kLongestPause);
    }
    fail("it is not usable yet");
  }

  void turn_expiry_on() {
    const Reply now = ask(Operation::kDescribeTimeToLive, describe_body(table()));
    if (const auto* const body = std::get_if<std::string>(&now)) {
      if (parse_time_to_live(*body) == std::string{kExpiresAttribute}) return;
    }
    const Reply reply = ask(Operation::kUpdateTimeToLive, time_to_live_body(table()));
    const auto* const error = std::get_if<ServiceError>(&reply);
    if (error == nullptr) return;
    if (error->name != "UnknownOperationException") fail(*error);
    log::warn(
        "this DynamoDB knows no time to live: it keeps users who do not come back, until they are deleted by hand",
        {{"table", table()}});
  }

  const Config config_;
  asio::io_context context_{1};
  std::string reason_;
  Caller caller_;
};

}  // namespace

void make_table(const Config& config, const Environment& environment) { TableMaker{config, environment}.make(); }

}  // namespace lastbeat::dynamo
