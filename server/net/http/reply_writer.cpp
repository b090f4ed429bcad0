#include "http/reply_writer.hpp"

#include <algorithm>
#include <charconv>

#include "protocol/bytes.hpp"

namespace lastbeat::http {
namespace {

// Left free for Content-Length until the body is written. A body has less than 100 MB by far.
constexpr std::size_t kLengthDigits = 8;
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

void append(Buffer& out, std::string_view text) { protocol::append(out, protocol::as_bytes(text)); }

void append_field(Buffer& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  append(out, name);
  append(out, value);
  append(out, "\r\n");
}

void append_page_fields(Buffer& out, const Page& page) {
  append(out, "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n");
  append_field(out, "ETag: ", page.etag);
  append_field(out, "Content-Security-Policy: ", page.security_policy);
}

void append_number(Buffer& out, std::uint64_t number) {
  std::array<char, 20> digits;  // NOLINT(*-member-init): written before it is read
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  append(out, {digits.data(), end});
}

}  // namespace

std::string_view DateLine::at(std::time_t second) {
  if (second != second_) {
    std::tm parts{};
    ::gmtime_r(&second, &parts);
    // In no language but English, whatever the locale: the C locale is never left.
    size_ = std::strftime(text_.data(), text_.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    second_ = second;
  }
  return {text_.data(), size_};
}

ReplyWriter::ReplyWriter(Buffer& out, const ReplyHead& head, std::string_view date_line)
    : out_{out}, is_body_left_out_{head.is_body_left_out}, has_length_{!head.is_empty} {
  constexpr std::uint16_t kOk = 200;
  if (head.status == kOk) {
    append(out, "HTTP/1.1 200 OK\r\n");
  } else {
    append(out, "HTTP/1.1 ");
    append_number(out, head.status);
    append(out, " ");
    append(out, head.reason);
    append(out, "\r\n");
  }
  append(out, date_line);
  if (head.closes) append(out, "Connection: close\r\n");
  if (head.keeps_http_1_0) append(out, "Connection: keep-alive\r\n");
  append_field(out, "WWW-Authenticate: ", head.challenge);
  append_field(out, "Allow: ", head.allow);
  append_field(out, "Access-Control-Allow-Origin: ", head.allowed_origin);
  append_field(out, "X-Request-Id: ", head.request_id);
  if (head.varies_by_origin) append(out, "Vary: Origin\r\n");
  if (head.is_preflight && !head.allowed_origin.empty()) {
    append(out, "Access-Control-Allow-Methods: ");
    append(out, head.allow);
    append(out,
           "\r\nAccess-Control-Allow-Headers: Authorization, Content-Type, X-Request-Id\r\n"
           "Access-Control-Max-Age: 600\r\n");
  }
  if (head.page != nullptr) append_page_fields(out, *head.page);
  if (has_length_) {
    append(out, head.page != nullptr ? "Content-Type: " : "Cache-Control: no-store\r\nContent-Type: ");
    append(out, head.content_type);
    append(out, "\r\nContent-Length: ");
    out.resize(out.size() + kLengthDigits);
    append(out, kHeadEnd);
  } else {
    append(out, "\r\n");
  }
  body_at_ = out.size();
}

ReplyWriter& ReplyWriter::text(std::string_view text) {
  append(out_, text);
  return *this;
}

ReplyWriter& ReplyWriter::number(std::uint64_t number) {
  append_number(out_, number);
  return *this;
}

ReplyWriter& ReplyWriter::id(std::uint64_t id) { return text("\"").number(id).text("\""); }

void ReplyWriter::finish() {
  if (!has_length_) return;
  std::array<char, 20> digits;  // NOLINT(*-member-init): written before it is read
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), out_.size() - body_at_).ptr;
  if (is_body_left_out_) out_.resize(body_at_);
  const auto count = end - digits.data();
  const auto length_at = out_.begin() + static_cast<std::ptrdiff_t>(body_at_ - kHeadEnd.size() - kLengthDigits);
  const auto bytes = protocol::as_bytes({digits.data(), static_cast<std::size_t>(count)});
  std::copy(bytes.begin(), bytes.end(), length_at);
  out_.erase(length_at + count, length_at + static_cast<std::ptrdiff_t>(kLengthDigits));
}

void write_refusal(Buffer& out, Refusal refusal, ReplyHead head, std::string_view date_line) {
  const RefusalText& text = describe(refusal);
  head.status = text.status;
  head.reason = text.reason;
  head.challenge = text.challenge;
  head.content_type = kJson;
  head.page = nullptr;
  head.closes = head.closes || text.closes;
  head.keeps_http_1_0 = head.keeps_http_1_0 && !text.closes;
  ReplyWriter writer{out, head, date_line};
  writer.text(R"({"error":{"code":")").text(text.code).text(R"(","message":")").text(text.message).text("\"}}\n");
  writer.finish();
}

}  // namespace lastbeat::http
