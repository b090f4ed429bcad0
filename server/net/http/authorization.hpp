// Whether the one who sends a request may have it done.
#pragma once

#include <optional>
#include <string_view>

#include "auth/authority.hpp"
#include "auth/pass.hpp"
#include "http/head.hpp"
#include "http/plan.hpp"

namespace lastbeat::http {

// The token of "Bearer TOKEN" (RFC 6750, 2.1), whatever the case of the first word; nullopt for another scheme.
[[nodiscard]] std::optional<std::string_view> bearer_token(std::string_view authorization) noexcept;

// Refuses the plan when its path needs more than the token of the request allows, whatever else is wrong with it, as
// long as the connection can live. For a path that a user may do for itself only, the plan says who that is. `pass` is
// the connection's: the token that came last is not judged again. Returns whether a token was judged, which costs more
// than the rest of the request.
bool authorize(const Head& head, const auth::Authority& authority, auth::UnixSecond now, auth::Pass& pass, Plan& plan);

}  // namespace lastbeat::http
