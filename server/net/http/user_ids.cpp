#include "http/user_ids.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "protocol/bytes.hpp"
#include "text/parse.hpp"

namespace lastbeat::http {
namespace {

using nlohmann::json;

// Hears what the parser reads, value by value, and stops it at the first that does not belong there. Nothing is built.
class IdReader {
 public:
  IdReader(BodyForm form, CommandKind kind, std::size_t most_ids, std::vector<Command>& commands)
      : form_{form}, kind_{kind}, most_ids_{most_ids}, commands_{commands} {}

  [[nodiscard]] Refusal refusal() const noexcept {
    if (refusal_ != Refusal::kNone) return refusal_;
    return place_ == Place::kBehind && has_member_ ? Refusal::kNone : Refusal::kUnexpectedJson;
  }

  // What nlohmann::json::sax_parse calls.
  bool null() { return not_an_id(); }
  bool boolean(bool /*value*/) { return not_an_id(); }
  bool number_integer(std::int64_t /*negative*/) { return not_an_id(); }
  bool number_unsigned(std::uint64_t value) { return id(value); }
  bool number_float(double /*value*/, const std::string& /*text*/) { return not_an_id(); }
  bool string(const std::string& value) {
    const auto number = text::read_whole_number(value);
    return number ? id(*number) : not_an_id();
  }
  bool binary(const std::vector<std::uint8_t>& /*value*/) { return not_an_id(); }
  bool start_object(std::size_t /*size*/) {
    if (place_ != Place::kBefore) return is_at_id() ? not_an_id() : refuse(Refusal::kUnexpectedJson);
    place_ = Place::kInObject;
    return true;
  }
  bool key(const std::string& name) {
    const bool is_ours = name == (form_ == BodyForm::kOneUser ? "user_id" : "user_ids");
    if (!is_ours || has_member_) return refuse(Refusal::kUnexpectedJson);
    has_member_ = true;
    place_ = Place::kAtValue;
    return true;
  }
  bool end_object() {
    place_ = Place::kBehind;
    return true;
  }
  bool start_array(std::size_t /*size*/) {
    if (place_ != Place::kAtValue || form_ != BodyForm::kManyUsers) {
      return is_at_id() ? not_an_id() : refuse(Refusal::kUnexpectedJson);
    }
    place_ = Place::kInList;
    return true;
  }
  bool end_array() {
    place_ = Place::kInObject;
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/, const nlohmann::detail::exception& error) {
    constexpr int kNumberTooLarge = 406;
    return refuse(error.id == kNumberTooLarge ? Refusal::kUserId : Refusal::kMalformedJson);
  }

 private:
  enum class Place : std::uint8_t { kBefore, kInObject, kAtValue, kInList, kBehind };

  bool refuse(Refusal refusal) {
    refusal_ = refusal;
    return false;
  }
  [[nodiscard]] bool is_at_id() const noexcept {
    return place_ == Place::kInList || (place_ == Place::kAtValue && form_ == BodyForm::kOneUser);
  }
  bool not_an_id() { return refuse(is_at_id() ? Refusal::kUserId : Refusal::kUnexpectedJson); }
  bool id(std::uint64_t value) {
    if (!is_at_id()) return refuse(Refusal::kUnexpectedJson);
    if (++ids_ > most_ids_) return refuse(Refusal::kTooManyIds);
    commands_.push_back({.user = UserId{value}, .kind = kind_});
    if (place_ == Place::kAtValue) place_ = Place::kInObject;
    return true;
  }

  const BodyForm form_;
  const CommandKind kind_;
  const std::size_t most_ids_;
  std::vector<Command>& commands_;
  Place place_ = Place::kBefore;
  bool has_member_ = false;
  std::size_t ids_ = 0;
  Refusal refusal_ = Refusal::kNone;
};

}  // namespace

Refusal read_user_ids(std::span<const std::byte> body, BodyForm form, CommandKind kind, std::size_t most_ids,
                      std::vector<Command>& commands) {
  const std::size_t first = commands.size();
  const std::string_view text = protocol::as_text(body);
  // The parser would take a zero byte for the end, and never see what stands behind it.
  if (text.find('\0') != std::string_view::npos) return Refusal::kMalformedJson;
  IdReader reader{form, kind, most_ids, commands};
  json::sax_parse(text.begin(), text.end(), &reader);
  const Refusal refusal = reader.refusal();
  if (refusal != Refusal::kNone) commands.resize(first);
  return refusal;
}

Refusal read_own_id(std::span<const std::byte> body, UserId user, CommandKind kind, std::vector<Command>& commands) {
  if (body.empty()) {
    commands.push_back({.user = user, .kind = kind});
    return Refusal::kNone;
  }
  const Refusal refusal = read_user_ids(body, BodyForm::kOneUser, kind, 1, commands);
  if (refusal != Refusal::kNone || commands.back().user == user) return refusal;
  commands.pop_back();
  return Refusal::kForbidden;
}

}  // namespace lastbeat::http
