#include "credentials/jwt.hpp"

#include <jwt.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "protocol/wire.hpp"
#include "text/parse.hpp"

namespace lastbeat::auth {
namespace {

using nlohmann::json;

struct FreeJwt {
  void operator()(jwt_t* jwt) const noexcept { ::jwt_free(jwt); }
};

jwt_alg_t to_libjwt(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::kHs256:
      return JWT_ALG_HS256;
    case Algorithm::kRs256:
      return JWT_ALG_RS256;
    case Algorithm::kEs256:
      break;
  }
  return JWT_ALG_ES256;
}

bool is_base64url(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

struct Parts {
  std::string_view header;
  std::string_view claims;
};

// "header.claims.signature", none of them empty. A token without a signature ends here.
std::optional<Parts> split(std::string_view token) noexcept {
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first == std::string_view::npos ? first : first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  const Parts parts{.header = token.substr(0, first), .claims = token.substr(first + 1, second - first - 1)};
  const std::string_view signature = token.substr(second + 1);
  for (const std::string_view part : {parts.header, parts.claims, signature}) {
    if (part.empty() || !std::all_of(part.begin(), part.end(), is_base64url)) return std::nullopt;
  }
  return parts;
}

// OpenSSL knows the usual alphabet, and wants the padding that tokens leave out.
std::optional<std::string> decode_base64url(std::string_view text) {
  std::string usual{text};
  std::replace(usual.begin(), usual.end(), '-', '+');
  std::replace(usual.begin(), usual.end(), '_', '/');
  const std::size_t padding = (4 - usual.size() % 4) % 4;
  constexpr std::size_t kImpossiblePadding = 3;
  if (padding == kImpossiblePadding) return std::nullopt;
  usual.append(padding, '=');
  std::string bytes(usual.size() / 4 * 3, '\0');
  const int size =
      ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(usual.data()), static_cast<int>(usual.size()));
  if (size < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

// A JSON object, else nullopt. nlohmann's parser does not recurse, so depth costs nothing but the token's own length.
std::optional<json> decode_object(std::string_view part) {
  const auto text = decode_base64url(part);
  if (!text) return std::nullopt;
  json object = json::parse(*text, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  return object;
}

// An absent member is an empty optional; one that is no string makes `is_good` false.
std::optional<std::string> string_member(const json& object, const char* name, bool& is_good) {
  const auto found = object.find(name);
  if (found == object.end()) return std::nullopt;
  if (const auto* text = found->get_ptr<const std::string*>()) return *text;
  is_good = false;
  return std::nullopt;
}

// Seconds since 1970, a fraction allowed (RFC 7519, 2).
std::optional<double> date_member(const json& object, const char* name, bool& is_good) {
  constexpr double kLatest = 1e12;  // in 30,000 years; exact, and room for the leeway
  const auto found = object.find(name);
  if (found == object.end()) return std::nullopt;
  if (found->is_number()) {
    const auto date = found->get<double>();
    if (date >= 0 && date <= kLatest) return date;
  }
  is_good = false;
  return std::nullopt;
}

std::variant<const JwtKey*, TokenFault> choose_key(std::string_view header, std::span<const JwtKey> keys) {
  const auto object = decode_object(header);
  // What is critical must be understood (RFC 7515, 4.1.11), and nothing of that kind is.
  if (!object || object->contains("crit")) return TokenFault::kHeader;
  bool is_good = true;
  const auto kid = string_member(*object, "kid", is_good);
  const auto algorithm = string_member(*object, "alg", is_good);
  if (!is_good || !algorithm) return TokenFault::kHeader;
  const auto named = [&](std::string_view name) {
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const JwtKey& key) { return key.kid == name; });
    return found == keys.end() ? nullptr : &*found;
  };
  const JwtKey* key = kid ? named(*kid) : nullptr;
  if (key == nullptr) key = named("");
  if (key == nullptr) return TokenFault::kKey;
  if (*algorithm != name_of(key->algorithm)) return TokenFault::kAlgorithm;
  return key;
}

// libjwt takes the algorithm from the token, and without a key it would take any token: so the algorithm has been
// compared before, is compared again, and there always is a key.
bool is_signed_with(const JwtKey& key, const std::string& token) {
  jwt_t* decoded = nullptr;
  const auto* const material = reinterpret_cast<const unsigned char*>(key.material.c_str());
  const int failure = ::jwt_decode(&decoded, token.c_str(), material, static_cast<int>(key.material.size()));
  const std::unique_ptr<jwt_t, FreeJwt> jwt{decoded};
  ::ERR_clear_error();  // nobody else shall find what it left there
  return failure == 0 && jwt && ::jwt_get_alg(jwt.get()) == to_libjwt(key.algorithm);
}

// `aud` is one string or a list of them (RFC 7519, 4.1.3).
bool is_meant_for(const json& claims, const std::string& audience) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return false;
  if (!found->is_array()) return *found == audience;
  return std::any_of(found->begin(), found->end(), [&](const json& one) { return one == audience; });
}

std::variant<Identity, TokenFault> read_claims(const json& claims, const ClaimRules& rules, UnixSecond now) {
  bool is_good = true;
  const auto expiry = date_member(claims, "exp", is_good);
  const auto begin = date_member(claims, "nbf", is_good);
  const auto issuer = string_member(claims, "iss", is_good);
  if (!is_good) return TokenFault::kClaims;
  if (!expiry) return TokenFault::kNoExpiry;
  Identity identity;
  identity.not_after = static_cast<UnixSecond>(std::ceil(*expiry)) + kClockLeeway;
  if (now >= identity.not_after) return TokenFault::kExpired;
  if (begin && now < static_cast<UnixSecond>(std::ceil(*begin)) - kClockLeeway) return TokenFault::kNotYetValid;
  if (rules.issuer && issuer != rules.issuer) return TokenFault::kIssuer;
  if (rules.audience && !is_meant_for(claims, *rules.audience)) return TokenFault::kAudience;
  const auto subject = string_member(claims, "sub", is_good);
  const auto user = subject ? text::read_whole_number(*subject) : std::nullopt;
  if (!user) return TokenFault::kSubject;
  identity.user = UserId{*user};
  return identity;
}

}  // namespace

std::string_view describe(TokenFault fault) noexcept {
  switch (fault) {
    case TokenFault::kUnknown:
      return "it is no token of ours";
    case TokenFault::kTooLong:
      return "it is too long";
    case TokenFault::kHeader:
      return "its header is not understood";
    case TokenFault::kKey:
      return "there is no key for its kid";
    case TokenFault::kAlgorithm:
      return "its algorithm is not that of the key";
    case TokenFault::kSignature:
      return "its signature is wrong";
    case TokenFault::kClaims:
      return "its claims are not understood";
    case TokenFault::kNoExpiry:
      return "it has no exp";
    case TokenFault::kExpired:
      return "it is expired";
    case TokenFault::kNotYetValid:
      return "it is not valid yet (nbf)";
    case TokenFault::kIssuer:
      return "it is of another issuer (iss)";
    case TokenFault::kAudience:
      return "it is meant for another audience (aud)";
    case TokenFault::kSubject:
      break;
  }
  return "its sub is no user id";
}

std::variant<Identity, TokenFault> read_jwt(std::string_view token, std::span<const JwtKey> keys,
                                            const ClaimRules& rules, UnixSecond now) {
  if (token.size() > protocol::kMaxTokenBytes) return TokenFault::kTooLong;
  const auto parts = split(token);
  if (!parts) return TokenFault::kUnknown;
  const auto chosen = choose_key(parts->header, keys);
  if (const auto* fault = std::get_if<TokenFault>(&chosen)) return *fault;
  const JwtKey& key = *std::get<const JwtKey*>(chosen);
  // Nothing that a token claims is looked at before the signature.
  if (!is_signed_with(key, std::string{token})) return TokenFault::kSignature;
  const auto claims = decode_object(parts->claims);
  if (!claims) return TokenFault::kClaims;
  auto read = read_claims(*claims, rules, now);
  if (auto* identity = std::get_if<Identity>(&read)) identity->proof = key.digest;
  return read;
}

}  // namespace lastbeat::auth
