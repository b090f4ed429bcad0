// The dashboard: one page, put together at build time by build.mjs.
#pragma once

#include "http/page.hpp"

namespace lastbeat::web {

[[nodiscard]] const http::Page& dashboard() noexcept;

}  // namespace lastbeat::web
