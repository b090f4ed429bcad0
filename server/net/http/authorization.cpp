#include "http/authorization.hpp"

#include <algorithm>

#include "http/text.hpp"

namespace lastbeat::http {
namespace {

bool is_bodiless(const Head& head) noexcept { return !head.is_chunked && head.content_length.value_or(0) == 0; }

// Who signs in as a user has said all: a body that is not there is not missed, whatever its headers say.
void forgive_no_body(const Head& head, Plan& plan) noexcept {
  const bool is_about_body = plan.refusal == Refusal::kNoLength || plan.refusal == Refusal::kMediaType;
  if (is_about_body && is_bodiless(head)) plan.refusal = Refusal::kNone;
}

}  // namespace

std::optional<std::string_view> bearer_token(std::string_view authorization) noexcept {
  constexpr std::string_view kScheme = "Bearer ";
  if (!equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  authorization.remove_prefix(kScheme.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  return authorization;
}

bool authorize(const Head& head, const auth::Authority& authority, auth::UnixSecond now, auth::Pass& pass, Plan& plan) {
  if (plan.need == auth::Need::kNothing || describe(plan.refusal).closes) return false;
  const auto refuse = [&](Refusal refusal, std::string_view what) {
    authority.note_refusal(what);
    plan.refusal = refusal;
  };
  const auto token = head.authorization ? bearer_token(*head.authorization) : std::nullopt;
  if (!token) {
    refuse(Refusal::kUnauthenticated, "a request without a token");
    return false;
  }
  bool was_judged = false;
  const auth::Identity* const holder = pass.show(*token, authority, now, was_judged);
  if (holder == nullptr) {
    plan.refusal = Refusal::kBadToken;  // the authority has told the log why
  } else if (!auth::allows(*holder, plan.need)) {
    refuse(Refusal::kForbidden, "a request that its token does not allow");
  } else if (plan.need == auth::Need::kBeat && holder->user) {
    plan.only_user = holder->user;
    forgive_no_body(head, plan);
  }
  return was_judged;
}

}  // namespace lastbeat::http
