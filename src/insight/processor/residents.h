#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "insight/processor/app_state.h"
#include "insight/processor/state.h"
#include "ports/series_store.h"

namespace gamekeeper::processor {

/// What every remembered thing has: whether it was read from the store, changed, or used since the last sweep.
struct Resident {
  uint64_t hash = 0;
  bool loaded = false;
  bool dirty = false;    // its cell has to be written
  bool listed = false;   // stands in the list of what this commit looks at
  bool used = true;      // second chance of the clock sweep
};

struct Player : Resident {
  AppState* app = nullptr;
  std::string id;
  PlayerState state;
  UnixMillis stored_first = kNever;           // what the outputs in the store say
  uint32_t stored_tuple = kNone, stored_cohort = kNone;
  int64_t seen_minute = INT64_MIN;            // minutes before it were handed to app->seen
  cells::Seen::At seen;
  uint32_t sessions_held = 0;
};

struct Session : Resident {
  Player* player = nullptr;
  std::string id;
  SessionState state;
  bool stored_opened = false;                 // what the outputs in the store say
  UnixMillis stored_first = 0, stored_last = 0, stored_end = kNever;
  uint32_t stored_tuple = kNone;
};

/// An id of an event without a sequence number.
struct SeenId : Resident {
  uint32_t app = 0;
  Uuid id;
  UnixMillis received_at = kNever;            // kNever: not seen
};

struct Match : Resident {
  AppState* app = nullptr;
  std::string id;
  bool formed = false, completed = false;
};

struct ResidentLimits {
  size_t players = 150'000;
  size_t sessions = 120'000;
  size_t ids = 400'000;
  size_t matches = 50'000;
};

/// What one row touches. Pointers hold until the next sweep().
struct Touched {
  AppState* app = nullptr;
  Player* player = nullptr;
  Session* session = nullptr;
  SeenId* id = nullptr;
  Match* match = nullptr;
};

/// A pool of one kind: found by key, filled from the store in batches, swept by a clock hand.
template <class T, class Hash, class Equal>
class Pool {
 public:
  template <class Key, class Make>
  T& find_or_make(const Key& key, Make make) {
    auto at = set_.find(key);
    if (at != set_.end()) {
      (*at)->used = true;
      return **at;
    }
    auto made = std::make_unique<T>();
    make(*made);
    T* raw = made.get();
    set_.insert(raw);
    if (!free_.empty()) {
      all_[free_.back()] = std::move(made);
      free_.pop_back();
    } else {
      all_.push_back(std::move(made));
    }
    missing_.push_back(raw);
    return *raw;
  }

  std::vector<T*>& missing() { return missing_; }
  size_t size() const { return set_.size(); }

  /// Forgets things not used lately until `max` are left. `keep(t)` protects some.
  template <class Keep, class Gone>
  void sweep(size_t max, Keep keep, Gone gone) {
    for (size_t looked = 0; set_.size() > max && looked < 2 * all_.size(); ++looked) {
      hand_ = hand_ + 1 < all_.size() ? hand_ + 1 : 0;
      T* t = all_[hand_].get();
      if (t == nullptr || keep(*t)) continue;
      if (std::exchange(t->used, false)) continue;
      gone(*t);
      set_.erase(t);
      all_[hand_].reset();
      free_.push_back(hand_);
    }
  }

 private:
  boost::unordered_flat_set<T*, Hash, Equal> set_;
  std::vector<std::unique_ptr<T>> all_;
  std::vector<size_t> free_;
  std::vector<T*> missing_;
  size_t hand_ = 0;
};

struct TextKey {
  const void* owner;  // app or player
  std::string_view id;
  uint64_t hash;
};
struct ResidentHash {
  using is_transparent = void;
  using is_avalanching = void;
  size_t operator()(const Resident* r) const { return r->hash; }
  size_t operator()(const TextKey& k) const { return k.hash; }
};
struct IdKey {
  uint32_t app;
  const Uuid* id;
  uint64_t hash;
};
struct IdHash {
  using is_transparent = void;
  using is_avalanching = void;
  size_t operator()(const Resident* r) const { return r->hash; }
  size_t operator()(const IdKey& k) const { return k.hash; }
};
struct PlayerEqual {
  using is_transparent = void;
  bool operator()(const Player* a, const Player* b) const { return a == b; }
  bool operator()(const TextKey& k, const Player* p) const { return p->app == k.owner && p->id == k.id; }
  bool operator()(const Player* p, const TextKey& k) const { return (*this)(k, p); }
};
struct SessionEqual {
  using is_transparent = void;
  bool operator()(const Session* a, const Session* b) const { return a == b; }
  bool operator()(const TextKey& k, const Session* s) const { return s->player == k.owner && s->id == k.id; }
  bool operator()(const Session* s, const TextKey& k) const { return (*this)(k, s); }
};
struct SeenIdEqual {
  using is_transparent = void;
  bool operator()(const SeenId* a, const SeenId* b) const { return a == b; }
  bool operator()(const IdKey& k, const SeenId* s) const { return s->app == k.app && s->id == *k.id; }
  bool operator()(const SeenId* s, const IdKey& k) const { return (*this)(k, s); }
};
struct MatchEqual {
  using is_transparent = void;
  bool operator()(const Match* a, const Match* b) const { return a == b; }
  bool operator()(const TextKey& k, const Match* m) const { return m->app == k.owner && m->id == k.id; }
  bool operator()(const Match* m, const TextKey& k) const { return (*this)(k, m); }
};

/// The apps, players, sessions, ids and matches in memory; a write-back cache of their cells.
class Residents {
 public:
  Residents(ports::SeriesStore& store, ports::Partition partition, ResidentLimits limits)
      : store_(store), partition_(partition), limits_(limits) {}

  AppState* find_app(std::string_view name);
  AppState& add_app(std::string_view name);

  /// What the row touches; made (not yet loaded) where it is not in memory. The app must be there.
  Touched touch(AppState& app, const events::EventView& event);
  /// Reads everything that touch() made. Errors: as SeriesStore::get, and kCorrupt.
  Task<Result<void>> load();

  void list(Player& p) {
    if (!p.listed) p.listed = true, listed_players.push_back(&p);
  }
  void list(Session& s) {
    if (!s.listed) s.listed = true, listed_sessions.push_back(&s);
  }
  void list(SeenId& i) {
    if (!i.listed) i.listed = true, listed_ids.push_back(&i);
  }
  void list(Match& m) {
    if (!m.listed) m.listed = true, listed_matches.push_back(&m);
  }

  static ports::CellKey key_of(const Player& p);
  static ports::CellKey key_of(const Session& s);
  ports::CellKey key_of(const SeenId& i) const;
  static ports::CellKey key_of(const Match& m);

  std::deque<AppState>& apps() { return apps_; }
  /// After a commit: everything listed is clean. Then forgets what is too much.
  void committed();

  std::vector<Player*> listed_players;
  std::vector<Session*> listed_sessions;
  std::vector<SeenId*> listed_ids;
  std::vector<Match*> listed_matches;

 private:
  ports::SeriesStore& store_;
  ports::Partition partition_;
  ResidentLimits limits_;
  std::deque<AppState> apps_;
  TextMap<AppState*> apps_by_name_;
  Pool<Player, ResidentHash, PlayerEqual> players_;
  Pool<Session, ResidentHash, SessionEqual> sessions_;
  Pool<SeenId, IdHash, SeenIdEqual> ids_;
  Pool<Match, ResidentHash, MatchEqual> matches_;
  AppState* memo_app_ = nullptr;
  Player* memo_player_ = nullptr;
  Session* memo_session_ = nullptr;
};

/// A fact of the backend: never makes a player active, new or online, and never belongs to a session's length.
inline bool is_fact(const events::EventView& e) {
  return e.kind == events::Kind::kFact || e.source == events::Source::kBackend;
}

}  // namespace gamekeeper::processor
