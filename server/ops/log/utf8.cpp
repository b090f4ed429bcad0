#include "log/utf8.hpp"

#include <array>
#include <cstdint>

namespace lastbeat::log {
namespace {

// The first bytes of characters of more than one byte, and what the second may be; all further ones are 80 to BF.
struct Form {
  std::uint8_t first_from, first_to, second_from, second_to;
  std::size_t size;
};
constexpr std::array<Form, 8> kForms{{{0xC2, 0xDF, 0x80, 0xBF, 2},
                                      {0xE0, 0xE0, 0xA0, 0xBF, 3},
                                      {0xE1, 0xEC, 0x80, 0xBF, 3},
                                      {0xED, 0xED, 0x80, 0x9F, 3},
                                      {0xEE, 0xEF, 0x80, 0xBF, 3},
                                      {0xF0, 0xF0, 0x90, 0xBF, 4},
                                      {0xF1, 0xF3, 0x80, 0xBF, 4},
                                      {0xF4, 0xF4, 0x80, 0x8F, 4}}};

bool is_within(char c, std::uint8_t from, std::uint8_t to) noexcept {
  const auto byte = static_cast<std::uint8_t>(c);
  return byte >= from && byte <= to;
}

// Of the character at the front of the text; 0 when there is none.
std::size_t character_size(std::string_view text) noexcept {
  if (is_within(text.front(), 0, 0x7F)) return 1;
  for (const Form& form : kForms) {
    if (!is_within(text.front(), form.first_from, form.first_to)) continue;
    if (text.size() < form.size || !is_within(text[1], form.second_from, form.second_to)) return 0;
    for (std::size_t i = 2; i < form.size; ++i) {
      if (!is_within(text[i], 0x80, 0xBF)) return 0;
    }
    return form.size;
  }
  return 0;
}

}  // namespace

std::string as_utf8(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string valid;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    valid += size == 0 ? kReplacement : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return valid;
}

}  // namespace lastbeat::log
