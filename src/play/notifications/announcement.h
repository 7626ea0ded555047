#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "play/notifications/wording.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// Whom an announcement is for: those who meet all that is asked.
struct Segment {
  static constexpr size_t kPlayersMax = 1'000;

  std::vector<std::string> players;  // these alone; empty: all of the app
  std::optional<int64_t> rating_min, rating_max;        // both inclusive
  std::optional<UnixMillis> seen_since, seen_before;    // when they last signed in or refreshed their token
  bool asks_for_rating() const { return rating_min || rating_max; }
  bool asks_for_seen() const { return seen_since || seen_before; }
};

/// {"all": true}, {"players": [id…]}, {"rating": {min?, max?}}, {"last_seen": {since?, before?}}, or several of them.
/// Errors: kInvalid with a field under `segment`.
Result<Segment> segment_of(const boost::json::object& object);
boost::json::object show(const Segment& segment);

enum class AnnouncementStatus : uint8_t { kRunning, kDone, kCancelled };
std::string_view name_of(AnnouncementStatus status);

/// A message to many players, and how far it has come.
struct Announcement {
  std::string app, id, by;  // by: the administrator's name
  Segment segment;
  Wordings words;
  boost::json::object data;  // the words' variables
  AnnouncementStatus status = AnnouncementStatus::kRunning;
  std::string cursor;  // of the players that were looked at
  int64_t players = 0, looked_at = 0, told = 0;
  UnixMillis created_at = 0, ended_at = 0;
  uint64_t version = 0;
};

inline constexpr const char* kAnnouncements = "announcements";

ports::Put put_of(const Announcement& announcement);
/// Errors: kCorrupt.
Result<Announcement> read_announcement(const ports::Document& document);
boost::json::object show(const Announcement& announcement);

}  // namespace gamekeeper::play
