#include "redis/greeting.hpp"

#include <array>
#include <charconv>
#include <optional>

#include "redis/script.hpp"

namespace lastbeat::redis {
namespace {

namespace resp = protocol::resp;

// The value of a line "name:value" of INFO.
std::string_view value_of(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    const std::size_t end = info.find("\r\n");
    const std::string_view line = info.substr(0, end);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':') {
      return line.substr(name.size() + 1);
    }
    info.remove_prefix(end == std::string_view::npos ? info.size() : end + 2);
  }
  return {};
}

template <class Number>
Number number_of(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The script sets a key with a moment to expire at: SET ... PXAT is there from 6.2 on.
bool knows_pxat(std::string_view version) {
  const auto major = number_of<unsigned>(version);
  const std::size_t dot = version.find('.');
  const unsigned minor = dot == std::string_view::npos ? 0 : number_of<unsigned>(version.substr(dot + 1));
  return major > 6 || (major == 6 && minor >= 2);
}

}  // namespace

void append_command(Buffer& out, std::initializer_list<std::string_view> words) {
  resp::append_array(out, words.size());
  for (const std::string_view word : words) resp::append_bulk(out, word);
}

void append_auth(Buffer& out, const Address& address) {
  if (address.user.empty()) {
    append_command(out, {"AUTH", address.password});
  } else {
    append_command(out, {"AUTH", address.user, address.password});
  }
}

void Greeting::append(Buffer& out) {
  const Address& address = config_->address;
  step_ = Step::kScript;
  if (address.database != 0) step_ = Step::kSelect;
  if (!address.password.empty()) {
    step_ = Step::kAuth;
    append_auth(out, address);
  }
  if (address.database != 0) append_command(out, {"SELECT", std::to_string(address.database)});
  append_command(out, {"SCRIPT", "LOAD", kScript});
  append_command(out, {"INFO"});
}

bool Greeting::take(const resp::Element& element) {
  if (element.type == resp::Type::kError) {
    static constexpr std::array<std::string_view, 5> kNames{"AUTH", "SELECT", "SCRIPT LOAD", "INFO", ""};
    reason_.append(kNames[static_cast<std::size_t>(step_)]).append(": ").append(element.text);
    return false;
  }
  switch (step_) {
    case Step::kAuth:
      step_ = config_->address.database != 0 ? Step::kSelect : Step::kScript;
      return false;
    case Step::kSelect:
      step_ = Step::kScript;
      return false;
    case Step::kScript:
      script_hash_ = element.text;
      step_ = Step::kInfo;
      return false;
    case Step::kInfo:
      read_info(element.text);
      step_ = Step::kDone;
      return reason_.empty();
    case Step::kDone:
      break;
  }
  reason_ = "it replied to what nobody asked";
  return false;
}

void Greeting::read_info(std::string_view info) {
  facts_ = {.version = std::string{value_of(info, "redis_version")},
            .run_id = std::string{value_of(info, "run_id")},
            .uptime = std::chrono::seconds{number_of<std::int64_t>(value_of(info, "uptime_in_seconds"))}};
  if (!knows_pxat(facts_.version)) {
    reason_ = "it is Redis " + facts_.version + "; allowed: 6.2 or newer, or Valkey";
  } else if (const bool is_cluster = !config_->address.cluster.empty();
             (value_of(info, "cluster_enabled") == "1") != is_cluster) {
    reason_ =
        is_cluster
            ? "it belongs to no cluster; allowed: --store redis://..."
            : "it belongs to a cluster, where users live on several servers; allowed: --store redis-cluster://...";
  } else if (value_of(info, "role") == "slave") {
    reason_ = "it is a replica, which takes no writes; allowed: the server that it copies";
  }
}

}  // namespace lastbeat::redis
