// What is to be done for a request, as far as its head tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "auth/identity.hpp"
#include "http/endpoint.hpp"
#include "http/head.hpp"
#include "http/refusal.hpp"
#include "http/request_id.hpp"
#include "http/settings.hpp"
#include "protocol/types.hpp"

namespace lastbeat::http {

// Holds nothing of the head's bytes: it may wait for the body, and for the store.
struct Plan {
  Endpoint endpoint = Endpoint::kRoot;
  Refusal refusal = Refusal::kNone;  // decided already; the body, if any, is read past
  Verb verb = Verb::kGet;
  Verbs allowed = 0;        // methods of the path: for OPTIONS and 405
  bool keeps_alive = true;  // the client's wish
  bool is_http_1_0 = false;
  bool is_preflight = false;
  std::string_view allowed_origin{};  // see access.hpp; lives as long as the settings
  auth::Need need = auth::Need::kNothing;
  std::optional<UserId> only_user{};  // heartbeat, leave: who is asking, and may speak for nobody else
  UserId user{};                      // status
  std::uint64_t cursor = 0;           // online
  std::uint32_t page_limit = 0;       // online
  const Page* page = nullptr;         // root, when there is one; lives as long as the settings
  bool has_page = false;              // the client has that page already
  RequestId request_id{};             // the client's own, if it is a valid one
};

// Threads: any. Does not throw or allocate.
[[nodiscard]] Plan plan_request(const Head& head, const Settings& settings) noexcept;

}  // namespace lastbeat::http
