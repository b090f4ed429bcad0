#include "http/answers.hpp"

#include <algorithm>
#include <chrono>

#include "presence/clock.hpp"

namespace lastbeat::http {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

std::string_view status_text(Presence presence) noexcept {
  switch (presence) {
    case Presence::kOnline:
      return R"(","status":"online","last_hb":)";
    case Presence::kUnknown:
      return R"(","status":"unknown","last_hb":)";
    case Presence::kLeft:
      return R"(","status":"offline","left":true,"last_hb":)";
    case Presence::kOffline:
    case Presence::kNoAnswer:  // no store says this
      break;
  }
  return R"(","status":"offline","last_hb":)";
}

}  // namespace

std::int64_t unix_second_now() noexcept {
  const BootTime boot = read_boot_time();
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return floor<seconds>(wall - (boot - floor<seconds>(boot))).count();
}

void write_status(ReplyWriter& writer, UserId user, const Answer& answer, std::int64_t unix_now) {
  writer.text(R"({"user_id":")").number(static_cast<std::uint64_t>(user)).text(status_text(answer.presence));
  if (answer.age_s == Answer::kNoAge) {
    writer.text(R"(null,"age_seconds":null})");
  } else {
    const std::int64_t last = std::max<std::int64_t>(0, unix_now - std::int64_t{answer.age_s});
    writer.number(static_cast<std::uint64_t>(last)).text(R"(,"age_seconds":)").number(answer.age_s).text("}");
  }
}

WriteCounts count_writes(std::span<const Answer> answers) noexcept {
  WriteCounts counts;
  for (const Answer& answer : answers) ++(answer.outcome == Outcome::kDone ? counts.accepted : counts.refused);
  return counts;
}

void write_stats(ReplyWriter& writer, std::string_view lines) {
  std::string_view separator = "{\"";
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const std::size_t space = std::min(line.find(' '), line.size());
    writer.text(separator).text(line.substr(0, space)).text("\":").text(line.substr(std::min(space + 1, line.size())));
    separator = ",\"";
  }
  writer.text("}");
}

void write_history(ReplyWriter& writer, std::span<const History::Sample> samples, std::chrono::nanoseconds now) {
  const auto list = [&](std::string_view name, const auto& value_of) {
    writer.text("\"").text(name).text("\":[");
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (i != 0) writer.text(",");
      writer.number(value_of(samples[i]));
    }
    writer.text("]");
  };
  writer.text("{");
  list("age_ms", [&](const History::Sample& sample) {
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - sample.at);
    return static_cast<std::uint64_t>(std::max(age, std::chrono::milliseconds{0}).count());
  });
  for (std::size_t i = 0; i < History::kStats.size(); ++i) {
    writer.text(",");
    list(History::kStats.at(i), [i](const History::Sample& sample) { return sample.stats.at(i); });
  }
  for (std::size_t i = 0; i < History::kQuantiles.size(); ++i) {
    writer.text(",");
    list(History::kQuantiles.at(i).name, [i](const History::Sample& sample) { return sample.quantiles.at(i); });
  }
  writer.text("}");
}

}  // namespace lastbeat::http
