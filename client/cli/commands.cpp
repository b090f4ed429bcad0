#include "command/commands.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "command/output.hpp"
#include "command/top.hpp"
#include "lastbeat/user_id.hpp"
#include "protocol/wire.hpp"
#include "text/parse.hpp"

namespace lastbeat::cli {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kBadInput = 2;

// Ids from standard input are dealt with in batches, so that any number of them needs little memory.
constexpr std::size_t kStdinBatch = 65536;

class Runner {
 public:
  Runner(const Options& options, std::istream& in, std::ostream& out, std::ostream& errors)
      : options_{options},
        format_{options.json ? Format::kJson : Format::kText},
        in_{in},
        out_{out},
        errors_{errors},
        client_{options.client} {}

  int run() {
    switch (options_.command) {
      case Command::kHeartbeat:
        return write_users([this](std::span<const UserId> users) { return client_.heartbeat(users, options_.age); });
      case Command::kLeave:
        return write_users([this](std::span<const UserId> users) { return client_.leave(users, options_.age); });
      case Command::kStatus:
        return for_users([this](std::span<const UserId> users) { return print_statuses(users); });
      case Command::kOnline:
        return list_online();
      case Command::kCount:
        return count();
      case Command::kStats:
        return print(client_.stats(), format_stats);
      case Command::kPing:
        return ping();
      case Command::kTop:
        return watch_nodes();
      case Command::kId:
        return print_ids();
    }
    return kBadInput;
  }

 private:
  int fail(const Error& error) {
    errors_ << format_error(with_hint(error), format_);
    return kFailed;
  }

  // What the server says in the protocol's words, with what can be done about it here.
  [[nodiscard]] Error with_hint(Error error) const {
    constexpr auto kUnauthenticated = static_cast<std::uint16_t>(protocol::ErrorCode::kUnauthenticated);
    if (error.kind != ErrorKind::kServer || error.server_code != kUnauthenticated) return error;
    error.message += options_.client.token.empty() ? " (--token-file FILE)" : "; that of --token-file is not";
    return error;
  }

  template <class T, class Formatter>
  int print(const Result<T>& result, Formatter format) {
    if (!result) return fail(result.error());
    out_ << format(result.value(), format_);
    return kDone;
  }

  // Each node is asked for itself, so that one that is lost is named and the others answer all the same.
  template <class T>
  int ask_nodes(Result<T> (Client::*ask)(), const std::function<void(const T&)>& take) {
    int status = kDone;
    for (const ClientNode& node : parse_nodes(options_.client.server)) {
      ClientOptions alone = options_.client;
      alone.server = node.server;
      alone.replicas = 1;
      Client client{std::move(alone)};
      const Result<T> answer = (client.*ask)();
      if (answer) {
        take(answer.value());
        continue;
      }
      Error error = answer.error();
      error.message.insert(0, "node " + node.name + " is left out: ");
      status = fail(error);
    }
    return status;
  }

  int count() {
    if (!has_nodes()) return print(client_.count(), format_count);
    UserCount sum;
    std::size_t answered = 0;
    const int status = ask_nodes<UserCount>(&Client::count, [&](const UserCount& count) {
      ++answered;
      sum.online += count.online;
      sum.entries += count.entries;
    });
    const auto copies = static_cast<std::uint64_t>(options_.client.replicas);
    sum.online = (sum.online + copies - 1) / copies;
    sum.entries = (sum.entries + copies - 1) / copies;
    if (answered != 0) out_ << format_count(sum, format_);
    return status;
  }

  int ping() {
    if (!has_nodes()) return print(client_.ping(), format_ping);
    std::optional<std::chrono::nanoseconds> slowest;
    const int status = ask_nodes<std::chrono::nanoseconds>(
        &Client::ping, [&](const std::chrono::nanoseconds& took) { slowest = std::max(took, slowest.value_or(took)); });
    if (slowest) out_ << format_ping(*slowest, format_);
    return status;
  }

  [[nodiscard]] bool has_nodes() const { return parse_nodes(options_.client.server).size() > 1; }

  // Of several nodes those that are there have taken their users.
  static Error with_share(Error error, std::size_t users) {
    if (error.users.empty()) return error;
    error.message.append("; not told of ").append(std::to_string(error.users.size()));
    error.message.append(" of ").append(std::to_string(users)).append(" users, of the others yes");
    return error;
  }

  // Who could not be asked about is printed as unknown, and told apart by the error.
  int print_statuses(std::span<const UserId> users) {
    const auto statuses = client_.status_detailed(users);
    if (const int status = print(statuses, format_statuses); status != kDone) return status;
    const auto& all = statuses.value();
    const auto missing = std::count_if(all.begin(), all.end(),
                                       [](const UserStatus& status) { return status.presence == Presence::kNoAnswer; });
    if (missing == 0) return kDone;
    errors_ << "lastbeat: " << missing << " of " << all.size()
            << " users are unknown because no node of theirs answers\n";
    return kFailed;
  }

  // Sends all users by `send` and tells once what became of them.
  int write_users(const std::function<Result<WriteResult>(std::span<const UserId>)>& send) {
    std::size_t users = 0;
    WriteResult total;
    const int status = for_users([&](std::span<const UserId> batch) {
      const auto result = send(batch);
      if (!result) return fail(with_share(result.error(), batch.size()));
      users += batch.size();
      total.refused += result.value().refused;
      total.too_old += result.value().too_old;
      return kDone;
    });
    if (status != kDone) return status;
    out_ << format_write(users, total, format_);
    if (total.refused != 0) {
      errors_ << "lastbeat: " << total.refused << " of " << users
              << " users refused: the server is full, its log tells why\n";
    }
    if (total.too_old != 0) {
      errors_ << "lastbeat: " << total.too_old << " of " << users << " ignored: the age is over the server's ttl\n";
    }
    return total.refused + total.too_old == 0 ? kDone : kFailed;
  }

  // `act` on the ids of the command line, or on those of standard input batch by batch until one fails.
  int for_users(const std::function<int(std::span<const UserId>)>& act) {
    if (!options_.users_from_stdin) return act(options_.users);
    std::vector<UserId> batch;
    int status = kDone;
    for (std::string word; status == kDone && in_ >> word;) {
      try {
        batch.push_back(text::parse_user_id(word));
      } catch (const std::invalid_argument& error) {
        errors_ << "lastbeat: " << error.what() << "\n";
        return kBadInput;
      }
      if (batch.size() < kStdinBatch) continue;
      status = act(batch);
      batch.clear();
    }
    return status == kDone && !batch.empty() ? act(batch) : status;
  }

  int list_online() {
    std::uint64_t cursor = 0;
    for (bool more = true; more && out_;) {
      const auto page = client_.online(cursor);
      if (!page) return fail(page.error());
      if (!page.value().users.empty()) out_ << format_users(page.value().users, format_) << std::flush;
      cursor = page.value().next_cursor;
      more = page.value().more;
    }
    return kDone;
  }

  // A server that cannot be reached for a while does not end it.
  int watch_nodes() {
    using Clock = std::chrono::steady_clock;
    constexpr const char* kClear = "\033[H\033[2J";  // to the corner, and nothing behind it
    std::vector<NodeReading> before;
    auto read_at = Clock::now();
    int status = kDone;
    for (std::uint64_t table = 0; (options_.tables == 0 || table < options_.tables) && out_; ++table) {
      if (table != 0) std::this_thread::sleep_until(read_at + options_.interval);
      const auto stats = client_.stats();
      const auto elapsed = Clock::now() - read_at;
      read_at += elapsed;
      if (options_.redraws) out_ << kClear;
      if (stats) {
        auto now = readings_of(stats.value(), options_.client.server);
        out_ << format_top(before, now, elapsed, options_.client.replicas, format_);
        before = std::move(now);
      }
      out_ << std::flush;
      status = stats ? kDone : fail(stats.error());
    }
    return status;
  }

  int print_ids() {
    const auto print_id = [this](const std::string& name) {
      const std::array users{user_id_of_uuid(name).value_or(user_id_of(name))};
      out_ << format_users(users, format_);
    };
    for (const std::string& name : options_.names) print_id(name);
    if (!options_.users_from_stdin) return kDone;
    for (std::string name; std::getline(in_, name);) print_id(name);
    return kDone;
  }

  const Options& options_;
  const Format format_;
  std::istream& in_;
  std::ostream& out_;
  std::ostream& errors_;
  Client client_;
};

}  // namespace

int run(const Options& options, std::istream& in, std::ostream& out, std::ostream& errors) {
  return Runner{options, in, out, errors}.run();
}

}  // namespace lastbeat::cli
