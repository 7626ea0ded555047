#include "play/accounts/own_passwords.h"

namespace gamekeeper::play {

Task<Result<Credentials>> load_credentials(ports::DocumentStore& documents, std::string app, std::string player_id) {
  auto document = co_await documents.get(kCredentials, scoped(app, player_id));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return Credentials{.app = std::move(app), .player_id = std::move(player_id)};
  co_return read_credentials(**document);
}

Task<Result<bool>> OwnPasswords::check(std::string app, std::string player_id, std::string password) {
  std::string hash;
  if (!player_id.empty()) {
    auto credentials = co_await load_credentials(documents_, std::move(app), std::move(player_id));
    if (!credentials) co_return std::unexpected(credentials.error());
    hash = std::move(credentials->password_hash);
  }
  if (hash.empty()) co_return co_await passwords_.verify_nobody(std::move(password));
  co_return co_await passwords_.verify(std::move(password), std::move(hash));
}

Task<Result<bool>> OwnPasswords::has(std::string app, std::string player_id) {
  auto credentials = co_await load_credentials(documents_, std::move(app), std::move(player_id));
  if (!credentials) co_return std::unexpected(credentials.error());
  co_return !credentials->password_hash.empty();
}

Task<Result<std::vector<ports::Put>>> OwnPasswords::set(std::string app, std::string player_id, std::string password) {
  auto hash = co_await passwords_.hash(std::move(password));
  if (!hash) co_return std::unexpected(hash.error());
  auto credentials = co_await load_credentials(documents_, std::move(app), std::move(player_id));
  if (!credentials) co_return std::unexpected(credentials.error());
  credentials->password_hash = std::move(*hash);
  co_return std::vector{put_of(*credentials)};
}

}  // namespace gamekeeper::play
