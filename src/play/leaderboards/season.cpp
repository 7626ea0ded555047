#include "play/leaderboards/season.h"

namespace gamekeeper::play {

using Step = TimeZone::Step;
using Unit = SeasonRule::Unit;

Season season_at(const SeasonRule& rule, const TimeZone& zone, UnixMillis at) {
  if (rule.unit != Unit::kDays) {
    const Step step = rule.unit == Unit::kWeek ? Step::kWeek : Step::kMonth;
    const UnixMillis starts = zone.floor(at, step);
    return {format_date(zone.day_of(starts)), starts, zone.next(starts, step)};
  }
  const DayNumber day = zone.day_of(at);
  DayNumber past = (day - rule.anchor) % rule.days;
  if (past < 0) past += rule.days;
  const DayNumber first = day - past;
  return {format_date(first), zone.start_of(first), zone.start_of(first + rule.days)};
}

}  // namespace gamekeeper::play
