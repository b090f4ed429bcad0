// A body in chunks, put together as it arrives.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <variant>

#include "http/head.hpp"
#include "http/refusal.hpp"
#include "protocol/types.hpp"

namespace lastbeat::http {

class ChunkedBody {
 public:
  // More than `most_bytes` are refused.
  explicit ChunkedBody(std::size_t most_bytes);
  ~ChunkedBody();
  ChunkedBody(const ChunkedBody&) = delete;
  ChunkedBody& operator=(const ChunkedBody&) = delete;

  struct Taken {
    std::size_t bytes = 0;  // of the input; the rest comes again, with more behind it, or belongs to the next request
    bool is_whole = false;
    Refusal refusal = Refusal::kNone;
  };
  // Goes on with the body. Every byte is looked at once, into however many pieces it comes.
  [[nodiscard]] Taken take(std::span<const std::byte> input);

  // What it has grown to.
  [[nodiscard]] std::size_t held_bytes() const noexcept;

  // What the chunks held.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept;

 private:
  class Parser;
  [[nodiscard]] bool is_four_bytes_of_an_end(std::string_view text) const noexcept;

  std::unique_ptr<Parser> parser_;
  bool is_within_header_ = false;  // what was left last time is the beginning of a chunk's header
};

}  // namespace lastbeat::http
