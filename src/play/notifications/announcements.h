#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "play/accounts/record_page.h"
#include "play/notifications/announcement.h"
#include "play/notifications/mailing.h"

namespace gamekeeper::play {

/// How many players a segment has, as far as it was looked at.
struct SegmentReach {
  int64_t players = 0;    // who come into question: all of the app, or those who are named
  int64_t looked_at = 0;  // of these
  int64_t meant = 0;      // of those who were looked at
  bool is_whole() const { return looked_at == players; }
};

using AnnouncementPage = RecordPage<Announcement>;

/// Messages to many players, told bit by bit in the background: each step commits its notifications together with how far it
/// has come, so that a kill costs nothing and tells nobody twice. The calls are thread-safe; run() and step() are for one
/// coroutine. Errors: those of the store, and:
class Announcements {
 public:
  static constexpr int64_t kReachMost = 1'000;

  Announcements(const MailingParts& parts, Templates& templates) : parts_(parts), templates_(templates) {}

  /// With `words`, or those of the template. kInvalid, kNotFound `template`.
  Task<Result<Announcement>> create(Announcement wanted, std::optional<std::string> template_name);
  /// Whom a message to the segment would tell. Looks at no more than kReachMost players one by one.
  Task<Result<SegmentReach>> reach(std::string app, Segment segment);
  Task<Result<AnnouncementPage>> list(std::string app, uint32_t limit, std::string cursor);
  /// kNotFound.
  Task<Result<Announcement>> read(std::string app, std::string id);
  /// Nobody else is told; repeating is harmless. kNotFound.
  Task<Result<Announcement>> cancel(std::string app, std::string id);

  /// Until stop().
  Task<void> run();
  /// Safe from any thread.
  void stop() { stopped_ = true; }
  /// The next players of the oldest announcement; false when there is none.
  Task<Result<bool>> step();

 private:
  struct Whom {
    std::vector<std::string> players;
    std::string next_cursor;  // empty: these are the last
  };
  Task<Result<int64_t>> candidates(const std::string& app, const Segment& segment);
  Task<Result<Whom>> next_of(const Announcement& announcement);
  Task<Result<bool>> is_meant(const Announcement& announcement, const std::string& player_id);
  Task<Result<bool>> was_seen(const Segment& segment, const std::string& app, const std::string& player_id);

  const MailingParts& parts_;
  Templates& templates_;
  std::atomic<bool> stopped_{false};
};

}  // namespace gamekeeper::play
