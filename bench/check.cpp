#include "bench/check.hpp"

#include <algorithm>
#include <atomic>
#include <ostream>
#include <queue>
#include <random>
#include <thread>
#include <vector>

#include "bench/checked_users.hpp"
#include "bench/environment.hpp"
#include "lastbeat/client.hpp"

namespace lastbeat::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kMostComplaints = 10;
constexpr std::uint32_t kHeartbeatsPerTtl = 3;
// One question in so many is about somebody who has never been heard of, or about somebody who is silent or has left.
constexpr std::uint64_t kStrangersOneIn = 50;
constexpr std::uint64_t kSilentOneIn = 4;
// One heartbeat in so many carries an age, of half a ttl at most.
constexpr std::uint64_t kAgedOneIn = 10;
// Of those who fall silent, one in so many leaves; and of those who leave, one in so many is back at once.
constexpr std::uint64_t kLeaversOneIn = 3;
constexpr std::uint64_t kBackAtOnceOneIn = 3;
// A user who has left does not leave again before the judge can tell the two apart.
constexpr seconds kBetweenLeaves{3};

struct Totals {
  std::atomic<std::uint64_t> commands{0};
  std::atomic<std::uint64_t> answers{0};
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::uint64_t> unknown{0};
  std::atomic<std::uint64_t> errors{0};
  std::mutex mutex;
  std::vector<std::string> complaints;  // the first few, guarded by `mutex`

  void complain(std::string text) {
    const std::lock_guard lock{mutex};
    if (complaints.size() < kMostComplaints) complaints.push_back(std::move(text));
  }
};

// One thread with a connection of its own: sends everything about its share of the users, and asks about all users.
class Checker {
 public:
  Checker(const CheckOptions& options, seconds ttl, std::uint32_t number, CheckedUsers& users, Totals& totals)
      : options_{options},
        ttl_{ttl},
        users_{users},
        totals_{totals},
        random_{options.seed * options.connections + number},
        client_{{.server = options.server, .request_timeout = seconds{60}}} {
    const Nanoseconds now = read_boot_time();
    for (std::uint32_t index = number; index < options.users; index += options.connections) {
      due_.push({now + random_below(interval()), index});
    }
    last_leave_.resize(options.users / options.connections + 1, Nanoseconds{0});
    // Of the users' time, `silent_share` shall be silence: with silences of 1.5 ttl on average and a chance to fall
    // silent at every heartbeat, share = p * 1.5 ttl / (p * 1.5 ttl + interval).
    const double ratio = 1.5 * kHeartbeatsPerTtl * (1 - options.silent_share);
    falls_silent_ = std::min(1.0, options.silent_share / ratio);
  }

  void run(Nanoseconds end) {
    while (read_boot_time() < end && !is_interrupted()) {
      send_due();
      ask();
    }
  }

 private:
  struct Due {
    Nanoseconds when;
    std::uint32_t index;
    friend bool operator>(const Due& a, const Due& b) { return a.when > b.when; }
  };

  [[nodiscard]] Nanoseconds interval() const { return Nanoseconds{ttl_} / kHeartbeatsPerTtl; }
  Nanoseconds random_below(Nanoseconds limit) {
    return Nanoseconds{static_cast<Nanoseconds::rep>(random_() % static_cast<std::uint64_t>(limit.count()))};
  }
  bool one_in(std::uint64_t n) { return random_() % n == 0; }
  bool by_chance(double share) { return std::uniform_real_distribution{}(random_) < share; }

  // A batch of the users whose time has come: most beat, some fall silent, some leave.
  void send_due() {
    std::vector<std::uint32_t> beat;
    std::vector<std::uint32_t> leave;
    std::vector<std::uint32_t> back;
    const Nanoseconds now = read_boot_time();
    while (!due_.empty() && due_.top().when <= now && beat.size() < options_.batch) {
      const std::uint32_t index = due_.top().index;
      due_.pop();
      Nanoseconds next = now + interval();
      if (by_chance(falls_silent_)) {
        next = now + random_below(3 * Nanoseconds{ttl_}) + interval();
        silent_.push_back(index);
        if (one_in(kLeaversOneIn) && may_leave(index, now)) {
          leave.push_back(index);
          if (one_in(kBackAtOnceOneIn)) back.push_back(index);
        }
      } else {
        beat.push_back(index);
      }
      due_.push({next, index});
    }
    if (one_in(kAgedOneIn)) {
      send(beat, SentCommand::Kind::kHeartbeat,
           std::chrono::duration_cast<milliseconds>(random_below(Nanoseconds{ttl_} / 2)));
    } else {
      send(beat, SentCommand::Kind::kHeartbeat, std::nullopt);
    }
    send(leave, SentCommand::Kind::kLeave, std::nullopt);
    send(back, SentCommand::Kind::kHeartbeat, std::nullopt);
    constexpr std::size_t kMostSilent = 4096;
    if (silent_.size() > kMostSilent) silent_.erase(silent_.begin(), silent_.end() - kMostSilent / 2);
  }

  bool may_leave(std::uint32_t index, Nanoseconds now) {
    Nanoseconds& last = last_leave_[index / options_.connections];
    if (now - last < kBetweenLeaves) return false;
    last = now;
    return true;
  }

  void send(const std::vector<std::uint32_t>& indexes, SentCommand::Kind kind, Client::Age age) {
    if (indexes.empty()) return;
    const std::vector<UserId> ids = ids_of(indexes);
    users_.sent(indexes, {.kind = kind, .send = {}, .ack = kNotYet, .age = age});
    const auto result = kind == SentCommand::Kind::kLeave ? client_.leave(ids, age) : client_.heartbeat(ids, age);
    if (!result) {
      users_.lost(indexes);
      return fail(result.error());
    }
    if (result.value().refused + result.value().too_old != 0) {
      users_.lost(indexes);
      return fail({.kind = ErrorKind::kServer, .message = "the server refused commands, or found them too old"});
    }
    users_.acked(indexes);
    totals_.commands += indexes.size();
  }

  void ask() {
    std::vector<std::uint32_t> indexes;
    for (std::uint32_t i = 0; i < options_.batch; ++i) indexes.push_back(choose());
    const std::vector<UserId> ids = ids_of(indexes);
    ReceivedStatus status;
    status.has_age = one_in(2);
    status.send = read_boot_time();
    if (status.has_age) {
      const auto answers = client_.status_detailed(ids);
      status.reply = read_boot_time();
      if (!answers) return fail(answers.error());
      for (std::size_t i = 0; i < ids.size(); ++i) {
        status.presence = answers.value()[i].presence;
        status.age = answers.value()[i].age;
        judge(indexes[i], status);
      }
    } else {
      const auto answers = client_.status(ids);
      status.reply = read_boot_time();
      if (!answers) return fail(answers.error());
      for (std::size_t i = 0; i < ids.size(); ++i) {
        status.presence = answers.value()[i];
        judge(indexes[i], status);
      }
    }
    totals_.answers += ids.size();
  }

  std::uint32_t choose() {
    if (one_in(kStrangersOneIn)) return options_.users + static_cast<std::uint32_t>(random_() % options_.users);
    if (one_in(kSilentOneIn) && !silent_.empty()) return silent_[random_() % silent_.size()];
    return static_cast<std::uint32_t>(random_() % options_.users);
  }

  void judge(std::uint32_t index, const ReceivedStatus& status) {
    if (status.presence == Presence::kUnknown) ++totals_.unknown;
    std::string complaint = users_.judge(index, status, ttl_);
    if (complaint.empty()) return;
    ++totals_.wrong;
    totals_.complain(std::move(complaint));
  }

  void fail(const Error& error) {
    ++totals_.errors;
    totals_.complain(error.message);
  }

  std::vector<UserId> ids_of(const std::vector<std::uint32_t>& indexes) const {
    std::vector<UserId> ids;
    ids.reserve(indexes.size());
    for (const std::uint32_t index : indexes) ids.push_back(users_.id(index));
    return ids;
  }

  const CheckOptions& options_;
  const seconds ttl_;
  CheckedUsers& users_;
  Totals& totals_;
  std::mt19937_64 random_;
  Client client_;
  double falls_silent_ = 0;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::vector<Nanoseconds> last_leave_;  // of every user of this thread's share
  std::vector<std::uint32_t> silent_;    // who fell silent lately
};

void watch(const Totals& totals, Nanoseconds end, std::ostream& errors) {
  constexpr seconds kLine{1};
  for (Nanoseconds next = read_boot_time() + kLine; next < end && !is_interrupted(); next += kLine) {
    std::this_thread::sleep_for(next - read_boot_time());
    errors << "  " << totals.answers << " answers, " << totals.wrong << " wrong, " << totals.unknown << " unknown, "
           << totals.errors << " errors\n";
  }
}

std::string to_json(const CheckOptions& options, seconds ttl, double ran_for, const Totals& totals) {
  text::JsonWriter json;
  json.begin_object();
  json.key("answers").value(std::uint64_t{totals.answers}).key("wrong").value(std::uint64_t{totals.wrong});
  json.key("unknown").value(std::uint64_t{totals.unknown}).key("errors").value(std::uint64_t{totals.errors});
  json.key("commands").value(std::uint64_t{totals.commands}).key("users").value(std::uint64_t{options.users});
  json.key("ttl_s").value(static_cast<std::uint64_t>(ttl.count())).key("duration_s").value(ran_for);
  json.key("seed").value(options.seed);
  write_environment(json, options.command);
  json.end_object();
  return json.text();
}

}  // namespace

int run_check(const CheckOptions& options, std::ostream& out, std::ostream& errors) {
  static_cast<void>(is_interrupted());
  Client client{{.server = options.server, .connect_attempts = 1}};
  const auto info = client.hello();
  if (!info) {
    errors << "lastbeat-bench: " << info.error().message << '\n';
    return 1;
  }
  const seconds ttl = info.value().ttl;
  if (options.ttl && *options.ttl != ttl) {
    errors << "lastbeat-bench: the server's ttl is " << ttl.count() << " s, not " << options.ttl->count()
           << " s; start it with --ttl " << options.ttl->count() << "s, or leave --ttl out here\n";
    return 1;
  }
  // Large enough that the ids of a load, which start at 0, are never met.
  const auto salt = static_cast<std::uint32_t>(std::mt19937_64{options.seed}() | 1U << 31U);
  CheckedUsers users{options.users, salt};
  Totals totals;
  const Nanoseconds start = read_boot_time();
  const Nanoseconds end = start + options.duration;
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < options.connections; ++i) {
    threads.emplace_back([&, i] { Checker{options, ttl, i, users, totals}.run(end); });
  }
  watch(totals, end, errors);
  for (std::thread& thread : threads) thread.join();
  const double ran_for = std::chrono::duration<double>{read_boot_time() - start}.count();

  for (const std::string& complaint : totals.complaints) errors << "  " << complaint << '\n';
  if (options.json != "-") {
    out << totals.answers << " answers, " << totals.wrong << " wrong, " << totals.unknown << " unknown, "
        << totals.errors << " errors (seed " << options.seed << ")\n";
  }
  if (!save_json(to_json(options, ttl, ran_for, totals), options.json, out, errors)) return 1;
  return totals.wrong == 0 && totals.errors == 0 ? 0 : 1;
}

}  // namespace lastbeat::bench
