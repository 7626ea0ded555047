#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "ports/document_store.h"

namespace gamekeeper::play {

/// What players are told of. `welcome` is only said by apps that have written its words.
inline constexpr std::array<std::string_view, 6> kNotificationTypes{"match_found",  "match_result", "rank_passed",
                                                                    "season_ended", "message",      "welcome"};

/// Where a notification of one type goes.
struct Channels {
  bool inbox = true;
  bool push = true;  // to the player's open sockets
  bool email = false;
  bool operator==(const Channels&) const = default;
};

/// Local times between which a player is left in peace: pushes and mail wait for the end, the inbox does not.
struct QuietHours {
  int from = 0, to = 0;  // minutes of the day; from 22:00 to 07:00 holds over midnight
};

/// What a player wants. Whoever has said nothing has the defaults.
struct Preferences {
  std::string app, player_id;
  std::string locale;  // BCP 47, such as de or pt-BR; empty: the app's
  std::string timezone = "UTC";
  std::optional<QuietHours> quiet;
  std::map<std::string, Channels, std::less<>> channels;  // by type, where they differ from the defaults
  uint64_t version = 0;

  Channels of(std::string_view type) const;
};

inline constexpr const char* kPreferences = "notification_preferences";

/// When the quiet hours that hold at `now` end; nothing when none hold.
std::optional<UnixMillis> quiet_until(const Preferences& preferences, UnixMillis now);

/// Takes over the fields of {locale?, timezone?, quiet_hours?: {from: "22:00", to: "07:00"} | null, channels?: {type:
/// {inbox?, push?, email?}}}; null sets the default again, what is absent stays. Errors: kInvalid, naming the field.
Result<void> merge(Preferences& preferences, const boost::json::object& change);
/// The same shape, whole: with every type.
boost::json::object show(const Preferences& preferences);

/// 2 to 35 letters, digits and hyphens. Errors: kInvalid `bad_locale`.
Result<void> check_locale(std::string_view locale, std::string field);

ports::Put put_of(const Preferences& preferences);
/// Errors: kCorrupt.
Result<Preferences> read_preferences(const ports::Document& document);

/// Errors: those of the store, kCorrupt.
Task<Result<Preferences>> load_preferences(ports::DocumentStore& documents, std::string app, std::string player_id);
/// Merges and writes. Errors: also kInvalid, kOverloaded.
Task<Result<Preferences>> change_preferences(ports::DocumentStore& documents, std::string app, std::string player_id,
                                             boost::json::object change);

}  // namespace gamekeeper::play
