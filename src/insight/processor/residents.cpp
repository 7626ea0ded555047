#include "insight/processor/residents.h"

namespace gamekeeper::processor {

using cells::Key;

AppState* Residents::find_app(std::string_view name) {
  if (memo_app_ != nullptr && memo_app_->name() == name) return memo_app_;
  auto at = apps_by_name_.find(name);
  if (at == apps_by_name_.end()) return nullptr;
  return memo_app_ = at->second;
}

AppState& Residents::add_app(std::string_view name) {
  apps_.emplace_back(std::string(name), static_cast<uint32_t>(apps_.size()));
  apps_by_name_.emplace(std::string(name), &apps_.back());
  return apps_.back();
}

Touched Residents::touch(AppState& app, const events::EventView& e) {
  Touched t{&app};
  if (memo_player_ != nullptr && memo_player_->app == &app && memo_player_->id == e.player_id) {
    t.player = memo_player_;
  } else {
    const TextKey key{&app, e.player_id, hash_of(e.player_id, app.index() + 1)};
    t.player = &players_.find_or_make(key, [&](Player& p) { p.hash = key.hash, p.app = &app, p.id = e.player_id; });
    memo_player_ = t.player;
    memo_session_ = nullptr;
  }
  if (!e.session_id.empty()) {
    if (memo_session_ == nullptr || memo_session_->id != e.session_id) {
      const TextKey key{t.player, e.session_id, hash_of(e.session_id, t.player->hash)};
      memo_session_ = &sessions_.find_or_make(key, [&](Session& s) {
        s.hash = key.hash, s.player = t.player, s.id = e.session_id;
        ++t.player->sessions_held;
      });
    }
    t.session = memo_session_;
  }
  if (e.session_id.empty() || e.seq == 0) {
    const std::string_view bytes(reinterpret_cast<const char*>(e.id.bytes.data()), e.id.bytes.size());
    const IdKey key{app.index(), &e.id, hash_of(bytes, app.index() + 1)};
    t.id = &ids_.find_or_make(key, [&](SeenId& i) { i.hash = key.hash, i.app = app.index(), i.id = e.id; });
  }
  if (is_fact(e) && !e.match_id.empty() && (e.name == "match.completed" || e.name == cells::kQueueWaitEvent)) {
    const TextKey key{&app, e.match_id, hash_of(e.match_id, app.index() + 1)};
    t.match = &matches_.find_or_make(key, [&](Match& m) { m.hash = key.hash, m.app = &app, m.id = e.match_id; });
  }
  return t;
}

ports::CellKey Residents::key_of(const Player& p) { return {cells::kPlayers, Key(p.app->name()).plain(p.id).str(), 0}; }

ports::CellKey Residents::key_of(const Session& s) {
  return {cells::kSessionStates, Key(s.player->app->name()).text16(s.player->id).plain(s.id).str(), 0};
}

ports::CellKey Residents::key_of(const SeenId& i) const {
  const std::string_view bytes(reinterpret_cast<const char*>(i.id.bytes.data()), i.id.bytes.size());
  return {cells::kIds, Key(apps_[i.app].name()).plain(bytes).str(), 0};
}

ports::CellKey Residents::key_of(const Match& m) {
  return {cells::kMatchStates, Key(m.app->name()).plain(m.id).str(), 0};
}

namespace {

bool fill(Player& p, std::string_view bytes) {
  auto state = PlayerState::decode(bytes);
  if (!state) return false;
  p.state = std::move(*state);
  p.stored_first = p.state.first;
  p.stored_tuple = p.state.first_tuple;
  p.stored_cohort = p.state.cohort;
  return true;
}

bool fill(Session& s, std::string_view bytes) {
  auto state = SessionState::decode(bytes);
  if (!state) return false;
  s.state = std::move(*state);
  s.stored_opened = s.state.opened;
  s.stored_first = s.state.first;
  s.stored_last = s.state.last;
  s.stored_end = s.state.end;
  s.stored_tuple = s.state.first_tuple;
  return true;
}

bool fill(SeenId& i, std::string_view bytes) {
  wire::Reader in(bytes);
  i.received_at = in.signed_number();
  return in.done();
}

bool fill(Match& m, std::string_view bytes) {
  wire::Reader in(bytes);
  const uint64_t flags = in.number();
  m.formed = flags & 1;
  m.completed = flags & 2;
  return in.done();
}

/// Fills `missing` from the next values; false when one is corrupt.
template <class T>
bool fill_all(std::vector<T*>& missing, std::vector<std::optional<std::string>>& values, size_t& at) {
  for (T* t : missing) {
    const auto& value = values[at++];
    if (value && !fill(*t, *value)) return false;
    t->loaded = true;
  }
  missing.clear();
  return true;
}

}  // namespace

Task<Result<void>> Residents::load() {
  std::vector<ports::CellKey> keys;
  keys.reserve(players_.missing().size() + sessions_.missing().size() + ids_.missing().size());
  for (Player* p : players_.missing()) keys.push_back(key_of(*p));
  for (Session* s : sessions_.missing()) keys.push_back(key_of(*s));
  for (SeenId* i : ids_.missing()) keys.push_back(key_of(*i));
  for (Match* m : matches_.missing()) keys.push_back(key_of(*m));
  if (keys.empty()) co_return Result<void>();

  auto values = co_await store_.get(partition_, keys);
  if (!values) co_return std::unexpected(values.error());
  size_t at = 0;
  const bool good = fill_all(players_.missing(), *values, at) && fill_all(sessions_.missing(), *values, at) &&
                    fill_all(ids_.missing(), *values, at) && fill_all(matches_.missing(), *values, at);
  if (!good) co_return fail(ErrorKind::kCorrupt, "corrupt_state", "A cell of the processor's state cannot be read.");
  co_return Result<void>();
}

void Residents::committed() {
  auto clean = [](auto& list) {
    for (auto* r : list) r->dirty = r->listed = false;
    list.clear();
  };
  clean(listed_players), clean(listed_sessions), clean(listed_ids), clean(listed_matches);

  memo_player_ = nullptr;
  memo_session_ = nullptr;
  auto none = [](const auto&) { return false; };
  auto nothing = [](const auto&) {};
  sessions_.sweep(limits_.sessions, none, [](Session& s) { --s.player->sessions_held; });
  players_.sweep(limits_.players, [](const Player& p) { return p.sessions_held > 0; }, nothing);
  ids_.sweep(limits_.ids, none, nothing);
  matches_.sweep(limits_.matches, none, nothing);
}

}  // namespace gamekeeper::processor
