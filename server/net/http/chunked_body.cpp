#include "http/chunked_body.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <string>

#include "protocol/bytes.hpp"

namespace lastbeat::http {
namespace {

namespace beast = boost::beast;

// Beast waits for a line end of two bytes, however much comes; a line feed alone in front of it is refused here.
bool has_bare_line_feed(std::string_view text) noexcept {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at == 0 || text[at - 1] != '\r') return true;
  }
  return false;
}

// The line with a chunk's size, behind the line end of the chunk before it.
std::string_view chunk_header(std::string_view text) noexcept {
  constexpr std::string_view kLineEnd = "\r\n";
  if (text.starts_with(kLineEnd)) text.remove_prefix(kLineEnd.size());
  return text.substr(0, text.find(kLineEnd));
}

}  // namespace

// Beast's parser, past a head that says no more than that chunks follow.
class ChunkedBody::Parser final : public beast::http::basic_parser<true> {
 public:
  explicit Parser(std::size_t most_bytes) {
    constexpr std::string_view kHead = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    beast::error_code error;
    body_limit(most_bytes);
    put({kHead.data(), kHead.size()}, error);
    eager(true);
  }

  std::string body;

 private:
  using Code = beast::error_code;

  void on_request_impl(beast::http::verb /*verb*/, beast::string_view /*name*/, beast::string_view /*target*/,
                       int /*version*/, Code& /*error*/) override {}
  void on_response_impl(int /*status*/, beast::string_view /*reason*/, int /*version*/, Code& /*error*/) override {}
  void on_field_impl(beast::http::field /*field*/, beast::string_view /*name*/, beast::string_view /*value*/,
                     Code& /*error*/) override {}
  void on_header_impl(Code& /*error*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, Code& /*error*/) override {}
  std::size_t on_body_impl(beast::string_view bytes, Code& /*error*/) override { return bytes.size(); }
  void on_chunk_header_impl(std::uint64_t /*size*/, beast::string_view /*extensions*/, Code& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, beast::string_view bytes, Code& /*error*/) override {
    body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(Code& /*error*/) override {}
};

ChunkedBody::ChunkedBody(std::size_t most_bytes) : parser_{std::make_unique<Parser>(most_bytes)} {}
ChunkedBody::~ChunkedBody() = default;

ChunkedBody::Taken ChunkedBody::take(std::span<const std::byte> input) {
  Taken taken;
  beast::error_code error;
  if (!input.empty() && !is_four_bytes_of_an_end(protocol::as_text(input))) {
    taken.bytes = parser_->put({input.data(), input.size()}, error);
  }
  is_within_header_ = taken.bytes < input.size();
  taken.is_whole = parser_->is_done();
  const std::string_view rest = protocol::as_text(input.subspan(taken.bytes));
  if (error == beast::http::error::body_limit) {
    taken.refusal = has_bare_line_feed(chunk_header(rest)) ? Refusal::kBadChunk : Refusal::kBodyTooLarge;
  } else if (error && error != beast::http::error::need_more) {
    taken.refusal = Refusal::kBadChunk;
  } else if (!taken.is_whole) {
    // What is left is the beginning of a chunk's header, or of the trailers.
    if (rest.size() > kMostHeadBytes) taken.refusal = Refusal::kHeadersTooLarge;
    if (has_bare_line_feed(rest)) taken.refusal = Refusal::kBadChunk;
  }
  return taken;
}

// Once Beast has seen "0\r\n" it asserts that no fewer than five bytes come next time. Four cannot be an end.
bool ChunkedBody::is_four_bytes_of_an_end(std::string_view text) const noexcept {
  return is_within_header_ && text.size() == 4 && text.starts_with("0\r\n");
}

std::size_t ChunkedBody::held_bytes() const noexcept { return parser_->body.capacity(); }

std::span<const std::byte> ChunkedBody::bytes() const noexcept { return protocol::as_bytes(parser_->body); }

}  // namespace lastbeat::http
