#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "adapters/oidc/oidc_verifier.h"
#include "adapters/smtp/smtp_channel.h"
#include "flow/lease.h"
#include "flow/outbox_relay.h"
#include "flow/refill.h"
#include "play/accounts/account_deletion.h"
#include "play/accounts/account_mail.h"
#include "play/accounts/identities.h"
#include "play/accounts/own_passwords.h"
#include "play/accounts/player_notes.h"
#include "play/accounts/players.h"
#include "play/accounts/sign_ins.h"
#include "play/demo/rps_room.h"
#include "play/friends/friends.h"
#include "play/friends/presences.h"
#include "play/leaderboards/board_pushes.h"
#include "play/leaderboards/board_sweep.h"
#include "play/leaderboards/leaderboards.h"
#include "play/leaderboards/rank_passes.h"
#include "play/live/live_keys.h"
#include "play/matchmaking/matchmaker.h"
#include "play/notifications/inboxes.h"
#include "play/notifications/notifications.h"
#include "play/realtime/realtime.h"
#include "play/results/queue_qualities.h"
#include "play/results/results.h"
#include "play/sessions/sessions.h"
#include "play/storage/storage.h"
#include "server/play_side.h"

namespace gamekeeper::server {

/// The rooms of the player's side and what they know of one another. Declared in the order in which they need each other.
struct PlaySide::Parts {
  explicit Parts(const Needs& needs);

  /// Other programs look into a Redis, not into this process.
  play::LiveKeys* shown() { return n.config.live.kind == "redis" ? &live_keys : nullptr; }
  std::unique_ptr<flow::Lease> outbox_lease() const;
  void make_identities();
  std::vector<play::AccountDeletion::Eraser> erasers();
  play::PresenceSources presence_sources();
  void note_session(const play::Session& session);
  void make_boards();
  void make_refill();
  void make_realtime();
  Task<Result<void>> may_hear_board(std::string app, std::string board);
  Task<Result<void>> push_boards();
  Task<Result<void>> sweep();
  Task<Result<bool>> may_mail();
  Task<Result<void>> read_results_back();
  Task<Result<void>> count_qualities();

  Needs n;
  flow::OutboxRelay outbox;
  play::OwnPasswords own_passwords;
  play::Accounts accounts;
  std::unique_ptr<net::HttpClient> provider_http;  // null: there are no providers
  std::vector<std::unique_ptr<adapters::OidcVerifier>> verifiers;
  std::unique_ptr<play::Identities> identities;
  play::Players players;
  play::SignIns sign_ins;
  play::PlayerNotes player_notes;
  play::Storage storage;
  play::Inboxes inboxes;
  play::AccountDeletion deletion;
  play::Friends friends;
  play::Presences presences;
  play::Usernames usernames;
  play::LiveKeys live_keys;
  play::Sessions sessions;
  play::Results results;
  play::QueueQualities qualities;
  play::Queues queues;
  play::MatchQueue queue;
  std::unique_ptr<play::Matchmaker> matchmaker;  // only with its role, as all that follow
  play::BoardPushes board_pushes;
  play::RankPasses rank_passes;
  std::unique_ptr<play::LiveBoards> live_boards;
  std::unique_ptr<play::Leaderboards> leaderboards;
  std::unique_ptr<play::BoardSweep> board_sweep;
  std::unique_ptr<play::Realtime> realtime;
  std::unique_ptr<adapters::SmtpChannel> mail;  // null: no mail is sent
  std::unique_ptr<play::AccountMail> account_mail;
  std::unique_ptr<play::Notifications> notifications;
  std::unique_ptr<play::RpsRoom> demo;
  flow::Lease sweeping, mailing, counting;
  flow::Refill refill{n.stores.live_generation};
  std::atomic<bool> stopping = false;
};

}  // namespace gamekeeper::server
