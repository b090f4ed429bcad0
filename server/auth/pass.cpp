#include "auth/pass.hpp"

namespace lastbeat::auth {

const Identity* Pass::show(std::string_view token, const Authority& authority, UnixSecond now, bool& was_judged) {
  was_judged = false;
  const Digest digest = authority.digest(token);
  if (generation_ != 0 && digest == token_) {
    if (const Identity* const known = holder(authority, now)) return known;
    // A refusal is the same within its second: a request that comes in pieces is not judged for every one of them.
    if (generation_ == authority.generation() && refused_at_ == now) return nullptr;
  }
  was_judged = true;
  generation_ = authority.generation();  // before the token is judged: a change meanwhile is noticed next time
  token_ = digest;
  identity_ = authority.judge(token, now);
  refused_at_ = now;
  return identity_ ? &*identity_ : nullptr;
}

const Identity* Pass::replace(std::string_view token, const Authority& authority, UnixSecond now) {
  bool was_judged = false;
  Pass other;
  if (other.show(token, authority, now, was_judged) == nullptr) return nullptr;
  *this = other;
  return &*identity_;
}

const Identity* Pass::holder(const Authority& authority, UnixSecond now) {
  if (!identity_) return nullptr;
  const std::uint64_t generation = authority.generation();
  if (generation != generation_) {
    identity_ = authority.renew(*identity_);
    generation_ = generation;
  }
  if (identity_ && now >= identity_->not_after) identity_.reset();
  return identity_ ? &*identity_ : nullptr;
}

}  // namespace lastbeat::auth
