#include "redis/cluster_reply.hpp"

#include <charconv>

namespace lastbeat::redis {
namespace {

namespace resp = protocol::resp;

constexpr std::size_t kDeepest = 4;  // ranges, a range, a server, what else is known of the server
constexpr std::int64_t kMostRanges = kSlots;
constexpr std::string_view kUnknownHost = "?";
constexpr std::int64_t kLastPort = 65'535;

std::string_view host_of(std::string_view server) { return server.substr(0, server.rfind(':')); }

std::string endpoint(std::string_view host, std::string_view port, std::string_view speaker) {
  const std::string_view known = host.empty() ? host_of(speaker) : host;
  const bool is_bare_ipv6 = known.find(':') != std::string_view::npos && !known.starts_with('[');
  std::string text;
  if (is_bare_ipv6) text += '[';
  text += known;
  if (is_bare_ipv6) text += ']';
  return text.append(":").append(port);
}

// The next word, cut from the front.
std::string_view word(std::string_view& text) {
  const std::size_t end = text.find(' ');
  const std::string_view found = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return found;
}

bool is_slot(std::int64_t number) { return number >= 0 && number < static_cast<std::int64_t>(kSlots); }

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<Redirection> parse_redirection(std::string_view error, std::string_view speaker) {
  const std::string_view kind = word(error);
  if (kind != "MOVED" && kind != "ASK") return std::nullopt;
  const auto slot = number_of<std::int64_t>(word(error));
  const std::string_view server = word(error);
  const std::size_t colon = server.rfind(':');
  if (!slot || !is_slot(*slot) || colon == std::string_view::npos) return std::nullopt;
  const std::string_view port = server.substr(colon + 1);
  if (!number_of<std::uint16_t>(port) || server.starts_with(kUnknownHost)) return std::nullopt;
  return Redirection{.slot = static_cast<Slot>(*slot),
                     .server = endpoint(server.substr(0, colon), port, speaker),
                     .is_ask = kind == "ASK"};
}

// [[first, last, [host, port, id, [...]], replica...]...]
SlotMapReader::State SlotMapReader::take(const resp::Element& element) {
  const bool is_array = element.type == resp::Type::kArray;
  const bool wants_array = arrays_.size() < 2 || (arrays_.size() == 2 && arrays_.back().next >= 2);
  if (wants_array && (!is_array || element.is_null)) return State::kMalformed;
  if (is_array && arrays_.size() == kDeepest) return State::kMalformed;
  if (arrays_.empty() && element.number > kMostRanges) return State::kMalformed;
  if (!is_array && !take_value(element)) return State::kMalformed;
  if (is_array && !element.is_null && element.number > 0) {
    arrays_.push_back({.elements = element.number});
    return State::kMore;
  }
  if (arrays_.empty()) return State::kDone;
  ++arrays_.back().next;
  close_arrays();
  return arrays_.empty() ? State::kDone : State::kMore;
}

bool SlotMapReader::take_value(const resp::Element& element) {
  const std::int64_t place = arrays_.back().next;
  if (arrays_.size() == 2) {
    if (element.type != resp::Type::kInteger || !is_slot(element.number)) return false;
    (place == 0 ? first_ : last_) = element.number;
    return true;
  }
  const bool is_of_the_owner = arrays_.size() == 3 && arrays_[1].next == 2;
  if (!is_of_the_owner) return true;
  if (place == 0) host_ = element.text;
  if (place == 1) {
    if (element.type != resp::Type::kInteger) return false;
    port_ = element.number;
  }
  return true;
}

void SlotMapReader::close_arrays() {
  while (!arrays_.empty() && arrays_.back().next == arrays_.back().elements) {
    if (arrays_.size() == 2) {
      if (first_ && last_ && *first_ <= *last_ && port_ > 0 && port_ <= kLastPort && host_ != kUnknownHost) {
        ranges_.push_back({.first = static_cast<Slot>(*first_),
                           .last = static_cast<Slot>(*last_),
                           .server = endpoint(host_, std::to_string(port_), speaker_)});
      }
      first_.reset();
      last_.reset();
      port_ = 0;
      host_.clear();
    }
    arrays_.pop_back();
    if (!arrays_.empty()) ++arrays_.back().next;
  }
}

}  // namespace lastbeat::redis
