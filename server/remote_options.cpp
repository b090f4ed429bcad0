#include "server/remote_options.hpp"

#include <CLI/CLI.hpp>
#include <stdexcept>

#include "text/option.hpp"
#include "text/parse.hpp"

namespace lastbeat {

void declare_remote_options(CLI::App& app, RawRemoteOptions& raw) {
  app.add_option("--store-prefix", raw.prefix, "What keys in a Redis begin with; the decimal user id follows")
      ->type_name("TEXT")
      ->capture_default_str();
  app.add_option("--store-at-start", raw.at_start, "What to do when the store does not answer at the start")
      ->type_name("retry|exit")
      ->capture_default_str();
  app.add_option("--store-timeout", raw.timeout, "How long to wait for the store, 10ms to 10s; then it counts as away")
      ->type_name("DURATION")
      ->capture_default_str();
  app.add_option("--store-backlog", raw.backlog,
                 "Users of whom a heartbeat or leave is kept while the store is away; more are refused")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--store-tls-ca", raw.tls_ca,
                 "PEM file of the authorities that sign the store's certificate; without: those that the system trusts")
      ->type_name("FILE");
}

std::chrono::milliseconds store_timeout(const std::string& text) {
  constexpr std::chrono::milliseconds kShortest{10};
  constexpr std::chrono::seconds kLongest{10};
  const std::chrono::milliseconds duration = text::of_option("--store-timeout", text, text::parse_duration);
  if (duration < kShortest || duration > kLongest) {
    throw std::invalid_argument("'" + text + "' is no value for --store-timeout; allowed: 10ms to 10s");
  }
  return duration;
}

std::size_t store_backlog(const std::string& text) {
  constexpr std::uint64_t kLargest = 100'000'000;
  return text::parse_number(text, "--store-backlog", 0, kLargest);
}

bool must_answer_at_start(const std::string& text) {
  if (text == "exit") return true;
  if (text == "retry") return false;
  throw std::invalid_argument("'" + text + "' is no value for --store-at-start; allowed: retry, exit");
}

}  // namespace lastbeat
