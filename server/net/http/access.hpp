// Which hosts are ours and which pages of other origins may ask: what keeps a browser from being turned against a
// server that its user can reach and others cannot.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/settings.hpp"

namespace lastbeat::http {

// Whether the value of a Host header, or an authority, has the form that RFC 9110 gives it: "name", "name:port",
// "[::1]:port".
[[nodiscard]] bool is_well_formed_host(std::string_view host) noexcept;

// A page that makes its own name resolve to 127.0.0.1 (DNS rebinding) sends that name as Host. So on a listener that
// checks, only localhost, addresses and the names of the settings are ours.
[[nodiscard]] bool is_our_host(std::string_view host, const Settings& settings) noexcept;

// Whether a page of this origin comes from `host` itself.
[[nodiscard]] bool is_same_origin(std::string_view origin, std::string_view host) noexcept;

// The value of Access-Control-Allow-Origin for a page of this origin; empty when the settings do not name it. Lives as
// long as the settings.
[[nodiscard]] std::string_view allowed_origin(std::string_view origin, const Settings& settings) noexcept;

}  // namespace lastbeat::http
