// The name of one request, in the header X-Request-Id: the client's own, or one made here for a reply that refuses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastbeat::http {

// Up to 64 letters, digits and "._:+/=-", or nothing. Holds them itself: no allocation.
class RequestId {
 public:
  static constexpr std::size_t kMostBytes = 64;

  RequestId() = default;
  // Empty when the text is longer, or has other characters: nothing that a client sends can break a header or a log.
  explicit RequestId(std::string_view text) noexcept;

  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }
  [[nodiscard]] bool is_empty() const noexcept { return size_ == 0; }

 private:
  std::array<char, kMostBytes> text_{};
  std::uint8_t size_ = 0;
};

// Makes ids of 16 hexadecimal digits that no other maker is likely to make. They are no secrets and can be guessed.
// Threads: one at a time.
class RequestIdMaker {
 public:
  RequestIdMaker();
  [[nodiscard]] RequestId make() noexcept;

 private:
  std::uint64_t state_;
};

}  // namespace lastbeat::http
