// Writes one HTTP reply into a buffer, head and JSON body, in place.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string_view>

#include "http/page.hpp"
#include "http/refusal.hpp"
#include "protocol/types.hpp"

namespace lastbeat::http {

// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", formatted once a second. Threads: one at a time.
class DateLine {
 public:
  [[nodiscard]] std::string_view at(std::time_t second);

 private:
  std::time_t second_ = -1;
  std::array<char, 40> text_{};
  std::size_t size_ = 0;
};

struct ReplyHead {
  std::uint16_t status = 200;
  std::string_view reason = "OK";
  bool closes = false;                // says that the connection ends here
  bool keeps_http_1_0 = false;        // says that it does not, which HTTP/1.0 takes for granted in no case
  bool is_body_left_out = false;      // for HEAD: the head tells of it all the same
  bool is_empty = false;              // 204
  std::string_view challenge{};       // WWW-Authenticate; empty: no such header
  std::string_view allow{};           // methods; empty: no such header
  std::string_view allowed_origin{};  // empty: no such header
  bool varies_by_origin = false;      // what may be read depends on who asks
  bool is_preflight = false;
  std::string_view content_type = "application/json";
  std::string_view request_id{};  // empty: no such header
  const Page* page = nullptr;     // what is sent, or not sent again; null: something else
};

// The head is written at once, its Content-Length by finish(). Nothing but `out` grows, and nothing else may be written
// to it meanwhile.
class ReplyWriter {
 public:
  ReplyWriter(Buffer& out, const ReplyHead& head, std::string_view date_line);

  // The text as it is: parts of a JSON document that need no escaping.
  ReplyWriter& text(std::string_view text);
  ReplyWriter& number(std::uint64_t number);
  // A number in quotes, since JavaScript keeps 53 bits of those without.
  ReplyWriter& id(std::uint64_t id);
  void finish();

 private:
  Buffer& out_;
  bool is_body_left_out_;
  bool has_length_;
  std::size_t body_at_ = 0;
};

// A whole reply that refuses, closing the connection if the refusal does.
void write_refusal(Buffer& out, Refusal refusal, ReplyHead head, std::string_view date_line);

}  // namespace lastbeat::http
