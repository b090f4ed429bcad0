// A page for browsers, the same for everybody, that is part of the program.
#pragma once

#include <string_view>

namespace lastbeat::http {

struct Page {
  std::string_view body;             // HTML in UTF-8
  std::string_view etag;             // with its quotes; another one when the body is
  std::string_view security_policy;  // what the page may load and do: Content-Security-Policy
};

// Whether If-None-Match names the ETag, by the weak comparison of RFC 9110, 13.1.2.
[[nodiscard]] bool is_listed(std::string_view etag, std::string_view if_none_match) noexcept;

}  // namespace lastbeat::http
