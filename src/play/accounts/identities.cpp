#include "play/accounts/identities.h"

namespace gamekeeper::play {

Task<Result<ports::Identity>> Identities::verify(std::string app, IdentityProof proof, std::string address) {
  if (auto ok = accounts_.allow(app, {}, address); !ok) co_return std::unexpected(ok.error());
  const auto provider = providers_.find(scoped(app, proof.provider));
  if (provider == providers_.end())
    co_return fail(ErrorKind::kInvalid, "unknown_provider", "This app has no identity provider of that name.",
                   "provider");
  co_return co_await provider->second->verify(std::move(proof.id_token), std::move(proof.nonce));
}

Task<Result<SignedInPlayer>> Identities::sign_in(std::string app, IdentityProof proof, std::string address) {
  auto identity = co_await verify(app, std::move(proof), std::move(address));
  if (!identity) co_return std::unexpected(identity.error());
  co_return co_await accounts_.enter_by(std::move(app), identity_digest(*identity));
}

Task<Result<void>> Identities::link(const Principal& who, IdentityProof proof, std::string address) {
  auto identity = co_await verify(who.app, std::move(proof), std::move(address));
  if (!identity) co_return std::unexpected(identity.error());
  co_return co_await accounts_.link_identity(who, identity_digest(*identity));
}

Task<Result<void>> Identities::prove(const Principal& who, IdentityProof proof, std::string address) {
  auto identity = co_await verify(who.app, std::move(proof), std::move(address));
  if (!identity) co_return std::unexpected(identity.error());
  auto is_theirs = co_await accounts_.has_identity(who, identity_digest(*identity));
  if (!is_theirs) co_return std::unexpected(is_theirs.error());
  if (*is_theirs && identity->issued_at + kFreshMs >= clock_.now_ms()) co_return Result<void>{};
  co_return fail(ErrorKind::kDenied, "wrong_identity",
                 "This identity does not sign in to the account, or was confirmed more than five minutes ago.",
                 "id_token");
}

}  // namespace gamekeeper::play
