#include "base/zoned.h"

#include <date/tz.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

namespace gamekeeper {
namespace {

using std::chrono::milliseconds;
using SysMillis = date::sys_time<milliseconds>;

constexpr int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;

int64_t floor_to(int64_t value, int64_t unit) {
  const int64_t rest = value % unit;
  return value - rest - (rest < 0 ? unit : 0);
}

}  // namespace

struct TimeZone::Impl {
  std::string name;
  const date::time_zone* zone = nullptr;  // null: UTC

  int64_t offset_at(UnixMillis at) const {
    if (!zone) return 0;
    const auto info = zone->get_info(date::floor<std::chrono::seconds>(SysMillis(milliseconds(at))));
    return std::chrono::duration_cast<milliseconds>(info.offset).count();
  }
  /// Where the local hour begins; where the clock was moved inside it, the hour begins there anew.
  UnixMillis hour_of(UnixMillis at) const {
    if (!zone) return floor_to(at, kHour);
    const auto info = zone->get_info(date::floor<std::chrono::seconds>(SysMillis(milliseconds(at))));
    const int64_t offset = std::chrono::duration_cast<milliseconds>(info.offset).count();
    const int64_t moved = date::floor<milliseconds>(info.begin).time_since_epoch().count();
    return std::max(floor_to(at + offset, kHour) - offset, moved);
  }
  /// The first instant that shows this local time or, in a gap, the instant the gap ends.
  UnixMillis instant_of(int64_t local_ms) const {
    if (!zone) return local_ms;
    const auto local = date::local_time<milliseconds>(milliseconds(local_ms));
    const auto info = zone->get_info(local);
    if (info.result == date::local_info::nonexistent) {
      return std::chrono::duration_cast<milliseconds>(info.second.begin.time_since_epoch()).count();
    }
    return local_ms - std::chrono::duration_cast<milliseconds>(info.first.offset).count();
  }
};

Result<TimeZone> TimeZone::find(std::string_view name) {
  static std::mutex mutex;
  static std::unordered_map<std::string, TimeZone> known;
  std::lock_guard lock(mutex);
  auto found = known.find(std::string(name));
  if (found != known.end()) return found->second;
  auto impl = std::make_shared<Impl>();
  impl->name = std::string(name);
  if (name != "UTC" && name != "Etc/UTC") {
    try {
      impl->zone = date::locate_zone(std::string(name));
    } catch (const std::exception&) {
      return fail(ErrorKind::kInvalid, "unknown_time_zone", "There is no such time zone.", "timezone",
                  "an IANA name such as Europe/Berlin");
    }
  }
  TimeZone zone;
  zone.impl_ = std::move(impl);
  known.emplace(std::string(name), zone);
  return zone;
}

TimeZone TimeZone::utc() {
  static const TimeZone zone = *find("UTC");
  return zone;
}

const std::string& TimeZone::name() const { return impl_->name; }

DayNumber TimeZone::day_of(UnixMillis at) const {
  return static_cast<DayNumber>(floor_to(at + impl_->offset_at(at), kDay) / kDay);
}

UnixMillis TimeZone::start_of(DayNumber day) const { return at(day, 0); }

UnixMillis TimeZone::at(DayNumber day, int minute_of_day) const {
  return impl_->instant_of(int64_t{day} * kDay + minute_of_day * kMinute);
}

UnixMillis TimeZone::floor(UnixMillis at, Step step) const {
  if (step == Step::kMinute) return floor_to(at, kMinute);
  if (step == Step::kHour) return impl_->hour_of(at);
  DayNumber day = day_of(at);
  if (step == Step::kDay) return start_of(day);
  if (step == Step::kWeek) return start_of(day - (day % 7 + 7 + 3) % 7);  // 1970-01-01 was a Thursday
  const date::year_month_day ymd{date::sys_days(date::days(day))};
  const auto first = step == Step::kMonth ? ymd.year() / ymd.month() / 1 : ymd.year() / date::January / 1;
  return start_of(date::sys_days(first).time_since_epoch().count());
}

UnixMillis TimeZone::next(UnixMillis start, Step step) const {
  if (step == Step::kMinute) return start + kMinute;
  if (step == Step::kHour) {
    // The next local full hour; after a shift of the clock the hour may be shorter or longer.
    UnixMillis after = floor(start + kHour, Step::kHour);
    return after > start ? after : start + kHour;
  }
  const DayNumber day = day_of(start);
  if (step == Step::kDay) return start_of(day + 1);
  if (step == Step::kWeek) return start_of(day + 7);
  const date::year_month_day ymd{date::sys_days(date::days(day))};
  const auto following = step == Step::kMonth ? ymd.year() / ymd.month() / 1 + date::months(1)
                                              : (ymd.year() + date::years(1)) / date::January / 1;
  return start_of(date::sys_days(following).time_since_epoch().count());
}

std::string format_date(DayNumber day) { return format_time(int64_t{day} * kDay).substr(0, 10); }

Result<DayNumber> parse_date(std::string_view text, std::string field) {
  auto at = text.size() == 10 ? parse_time(std::string(text) + "T00:00:00Z") : std::nullopt;
  if (!at) return fail(ErrorKind::kInvalid, "bad_date", "The date must be YYYY-MM-DD.", std::move(field), "YYYY-MM-DD");
  return static_cast<DayNumber>(floor_to(*at, kDay) / kDay);
}

}  // namespace gamekeeper
