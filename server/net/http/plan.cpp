#include "http/plan.hpp"

#include <algorithm>

#include "http/access.hpp"
#include "http/text.hpp"
#include "text/parse.hpp"

namespace lastbeat::http {
namespace {

constexpr std::uint32_t kUsualPage = 1000;

Refusal check_host(const Head& head, const Target& target, const Settings& settings) noexcept {
  if (!head.host && !head.is_http_1_0) return Refusal::kBadHost;
  for (const auto& host : {head.host, target.authority}) {
    if (!host) continue;
    if (!is_well_formed_host(*host)) return Refusal::kBadHost;
    if (!is_our_host(*host, settings)) return Refusal::kForeignHost;
  }
  return Refusal::kNone;
}

// A browser names the page in every request that it sends to another origin with a method that changes something.
Refusal check_origin(const Head& head, const Target& target, const Plan& plan) noexcept {
  if (!head.origin || !plan.allowed_origin.empty() || head.verb != Verb::kPost) return Refusal::kNone;
  const auto host = target.authority ? target.authority : head.host;
  return host && is_same_origin(*head.origin, *host) ? Refusal::kNone : Refusal::kForeignOrigin;
}

// "application/json", "application/json; charset=utf-8", "application/something+json", or nothing.
bool is_json(std::string_view content_type) noexcept {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  constexpr std::string_view kFamily = "application/";
  constexpr std::string_view kSuffix = "+json";
  return equals_ignoring_case(type, "application/json") ||
         (type.size() > kFamily.size() + kSuffix.size() &&
          equals_ignoring_case(type.substr(0, kFamily.size()), kFamily) &&
          equals_ignoring_case(type.substr(type.size() - kSuffix.size()), kSuffix));
}

Refusal check_body(const Head& head) noexcept {
  if (head.verb != Verb::kPost) return Refusal::kNone;
  if (!head.content_length && !head.is_chunked) return Refusal::kNoLength;
  if (head.is_encoded) return Refusal::kContentEncoding;
  if (head.content_type && !is_json(*head.content_type)) return Refusal::kMediaType;
  return Refusal::kNone;
}

// "cursor=17&limit=100": each once at most; one without a value counts as not there.
Refusal read_page(std::string_view query, const Settings& settings, Plan& plan) noexcept {
  bool has_cursor = false;
  bool has_limit = false;
  plan.page_limit = std::min(kUsualPage, settings.max_ids);
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
    const std::size_t equals = parameter.find('=');
    const std::string_view name = parameter.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : parameter.substr(equals + 1);
    bool* const seen = name == "cursor" ? &has_cursor : name == "limit" ? &has_limit : nullptr;
    if (seen == nullptr || *seen) return Refusal::kQuery;
    *seen = true;
    if (value.empty()) continue;
    const auto number = text::read_whole_number(value);
    if (!number) return Refusal::kQuery;
    if (name == "cursor") {
      plan.cursor = *number;
    } else {
      if (*number == 0 || *number > settings.max_ids) return Refusal::kQuery;
      plan.page_limit = static_cast<std::uint32_t>(*number);
    }
  }
  return Refusal::kNone;
}

Refusal read_parameters(const Head& head, const Resource& resource, const Target& target, const Settings& settings,
                        Plan& plan) noexcept {
  switch (plan.endpoint) {
    case Endpoint::kStatus: {
      const auto user = text::read_whole_number(resource.user_id);
      if (!user) return Refusal::kUserId;
      plan.user = UserId{*user};
      return Refusal::kNone;
    }
    case Endpoint::kOnline:
      return read_page(target.query, settings, plan);
    case Endpoint::kWatch:
      return Refusal::kNotImplemented;
    case Endpoint::kRoot:
      plan.page = settings.dashboard;
      plan.has_page = plan.page != nullptr && head.if_none_match && is_listed(plan.page->etag, *head.if_none_match);
      return Refusal::kNone;
    default:
      return Refusal::kNone;
  }
}

Refusal check_verb(const Head& head, Verbs allowed) noexcept {
  if (head.verb == Verb::kUnknown) return Refusal::kUnknownMethod;
  return has(allowed, head.verb) ? Refusal::kNone : Refusal::kMethodNotAllowed;
}

Refusal plan_resource(const Head& head, const Target& target, const Settings& settings, Plan& plan) noexcept {
  const auto resource = find_resource(target.path);
  if (!resource) return head.verb == Verb::kUnknown ? Refusal::kUnknownMethod : Refusal::kNotFound;
  plan.endpoint = resource->path->endpoint;
  plan.allowed = resource->path->verbs;
  if (const Refusal refusal = check_verb(head, plan.allowed); refusal != Refusal::kNone) return refusal;
  if (head.verb == Verb::kOptions) return Refusal::kNone;  // a browser asks without a token
  plan.need = resource->path->need;
  if (const Refusal refusal = check_origin(head, target, plan); refusal != Refusal::kNone) return refusal;
  if (const Refusal refusal = check_body(head); refusal != Refusal::kNone) return refusal;
  return read_parameters(head, *resource, target, settings, plan);
}

// OPTIONS * asks about the server as a whole.
Refusal plan_server(const Head& head, Plan& plan) noexcept {
  for (const Path& path : paths()) plan.allowed |= path.verbs;
  return head.verb == Verb::kOptions ? Refusal::kNone : Refusal::kMalformed;
}

}  // namespace

Plan plan_request(const Head& head, const Settings& settings) noexcept {
  Plan plan;
  plan.verb = head.verb;
  plan.keeps_alive = head.keeps_alive;
  plan.is_http_1_0 = head.is_http_1_0;
  if (head.request_id) plan.request_id = RequestId{*head.request_id};
  const auto refuse = [&](Refusal refusal) {
    plan.refusal = refusal;
    return plan;
  };
  const auto target = split_target(head.target);
  // Of CONNECT, the one method whose target is a host and a port, nothing is served.
  if (!target) return refuse(head.verb == Verb::kOther ? Refusal::kUnknownMethod : Refusal::kMalformed);
  if (const Refusal refusal = check_host(head, *target, settings); refusal != Refusal::kNone) return refuse(refusal);
  if (head.expects_more) return refuse(Refusal::kExpectation);
  if (head.content_length && *head.content_length > settings.max_body_bytes) return refuse(Refusal::kBodyTooLarge);
  if (head.origin) plan.allowed_origin = allowed_origin(*head.origin, settings);
  plan.is_preflight = head.verb == Verb::kOptions && head.requested_method.has_value();
  return refuse(target->path == "*" ? plan_server(head, plan) : plan_resource(head, *target, settings, plan));
}

}  // namespace lastbeat::http
