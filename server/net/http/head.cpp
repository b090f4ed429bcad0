#include "http/head.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

#include "protocol/bytes.hpp"

namespace lastbeat::http {
namespace {

namespace beast = boost::beast;

std::string_view view(beast::string_view text) noexcept { return {text.data(), text.size()}; }

Verb verb_of(beast::http::verb verb) noexcept {
  switch (verb) {
    case beast::http::verb::get:
      return Verb::kGet;
    case beast::http::verb::head:
      return Verb::kHead;
    case beast::http::verb::post:
      return Verb::kPost;
    case beast::http::verb::options:
      return Verb::kOptions;
    case beast::http::verb::unknown:
      return Verb::kUnknown;
    default:
      return Verb::kOther;
  }
}

// Beast's parser, which checks the syntax; this picks out what matters and refuses what Beast lets through. It keeps
// views instead of copies: Beast's own containers allocate for every header.
class HeadParser final : public beast::http::basic_parser<true> {
 public:
  HeadParser() {
    header_limit(kMostHeadBytes);
    body_limit(boost::none);  // the codec has one
  }

  Head head;
  Refusal refusal = Refusal::kNone;  // of a field that Beast had no objection to
  bool has_request_line = false;
  bool has_coding = false;

 private:
  using Code = beast::error_code;

  void refuse(Refusal reason, Code& error) noexcept {
    refusal = reason;
    error = beast::http::error::bad_field;
  }

  void on_request_impl(beast::http::verb verb, beast::string_view /*name*/, beast::string_view target, int version,
                       Code& /*error*/) override {
    constexpr int kVersion10 = 10;
    has_request_line = true;
    head.verb = verb_of(verb);
    head.target = view(target);
    head.is_http_1_0 = version == kVersion10;
  }

  void on_field_impl(beast::http::field name, beast::string_view text, beast::string_view value, Code& error) override {
    using beast::http::field;
    if (++fields_ > kMostFields) return refuse(Refusal::kTooManyHeaders, error);
    switch (name) {
      case field::host:
        return set_once(head.host, value, Refusal::kBadHost, error);
      case field::origin:
        return set_once(head.origin, value, Refusal::kRepeatedField, error);
      case field::content_type:
        return set_once(head.content_type, value, Refusal::kRepeatedField, error);
      case field::authorization:
        return set_once(head.authorization, value, Refusal::kRepeatedField, error);
      case field::content_encoding:
        if (!beast::iequals(value, "identity")) head.is_encoded = true;
        return;
      case field::access_control_request_method:
        head.requested_method = view(value);
        return;
      case field::if_none_match:
        head.if_none_match = view(value);
        return;
      case field::expect:
        return on_expect(value, error);
      case field::content_length:
        return on_content_length(value, error);
      case field::transfer_encoding:
        return on_transfer_encoding(value, error);
      case field::unknown:
        if (beast::iequals(text, "X-Request-Id")) head.request_id = view(value);
        return;
      default:
        return;
    }
  }

  void set_once(std::optional<std::string_view>& into, beast::string_view value, Refusal repeated, Code& error) {
    if (into) return refuse(repeated, error);
    into = view(value);
  }

  void on_expect(beast::string_view value, Code& error) {
    if (head.expects_continue || head.expects_more) return refuse(Refusal::kRepeatedField, error);
    (beast::iequals(value, "100-continue") ? head.expects_continue : head.expects_more) = true;
  }

  // Beast takes lists of equal numbers, and the field twice when both agree.
  void on_content_length(beast::string_view value, Code& error) {
    const bool is_number = view(value).find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_number || std::exchange(has_length_, true)) refuse(Refusal::kBadContentLength, error);
  }

  // Beast takes any list that does not end with "chunked" for a request without a body.
  void on_transfer_encoding(beast::string_view value, Code& error) {
    if (head.is_http_1_0 || std::exchange(has_coding, true)) return refuse(Refusal::kAmbiguousLength, error);
    if (!beast::iequals(value, "chunked")) refuse(Refusal::kUnknownCoding, error);
  }

  void on_response_impl(int /*status*/, beast::string_view /*reason*/, int /*version*/, Code& /*error*/) override {}
  void on_header_impl(Code& /*error*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, Code& /*error*/) override {}
  std::size_t on_body_impl(beast::string_view body, Code& /*error*/) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t /*size*/, beast::string_view /*extensions*/, Code& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, beast::string_view body, Code& /*error*/) override {
    return body.size();
  }
  void on_finish_impl(Code& /*error*/) override {}

  std::size_t fields_ = 0;
  bool has_length_ = false;
};

// "GET / HTTP/2.0": a request line as it should be but for its version.
bool is_other_version(std::string_view input) noexcept {
  const std::string_view line = input.substr(0, input.find("\r\n"));
  constexpr std::string_view kVersion = " HTTP/d.d";
  if (line.size() < kVersion.size()) return false;
  const std::string_view tail = line.substr(line.size() - kVersion.size());
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return tail.starts_with(" HTTP/") && is_digit(tail[6]) && tail[7] == '.' && is_digit(tail[8]);
}

Refusal refusal_of(beast::error_code error, const HeadParser& parser, std::string_view input) noexcept {
  if (parser.refusal != Refusal::kNone) return parser.refusal;
  if (error == beast::http::error::header_limit) {
    return parser.has_request_line ? Refusal::kHeadersTooLarge : Refusal::kTargetTooLong;
  }
  if (error == beast::http::error::bad_content_length || error == beast::http::error::multiple_content_length) {
    return parser.has_coding ? Refusal::kAmbiguousLength : Refusal::kBadContentLength;
  }
  if (error == beast::http::error::bad_transfer_encoding) return Refusal::kAmbiguousLength;
  if (error == beast::http::error::bad_version && is_other_version(input)) return Refusal::kVersion;
  return Refusal::kMalformed;
}

// Beast unfolds, as RFC 9112 allows; others do not, and would see two headers.
bool has_folded_field(std::string_view head) noexcept {
  for (std::size_t at = head.find('\n'); at + 1 < head.size(); at = head.find('\n', at + 1)) {
    if (head[at + 1] == ' ' || head[at + 1] == '\t') return true;
  }
  return false;
}

}  // namespace

ParsedHead parse_head(std::span<const std::byte> input) {
  const std::string_view text = protocol::as_text(input);
  HeadParser parser;
  beast::error_code error;
  const std::size_t size = parser.put({input.data(), input.size()}, error);
  if (error == beast::http::error::need_more) return NeedMore{};
  if (error) return refusal_of(error, parser, text);
  Head& head = parser.head;
  head.size_bytes = size;
  if (has_folded_field(text.substr(0, size))) return Refusal::kFoldedField;
  head.keeps_alive = parser.keep_alive();
  head.is_chunked = parser.chunked();
  if (const auto length = parser.content_length()) head.content_length = *length;
  return head;
}

}  // namespace lastbeat::http
