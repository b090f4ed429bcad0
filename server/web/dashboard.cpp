#include "web/dashboard.hpp"

#include <dashboard_page.hpp>

namespace lastbeat::web {

const http::Page& dashboard() noexcept {
  static constexpr http::Page kPage{.body = kHtml, .etag = kEtag, .security_policy = kSecurityPolicy};
  return kPage;
}

}  // namespace lastbeat::web
