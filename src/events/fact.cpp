#include "events/fact.h"

#include <algorithm>
#include <array>

#include "base/ids.h"
#include "events/event.h"

namespace gamekeeper::events {

std::string fact_row(const BackendFact& fact) {
  EventView e{.app = fact.app,
              .key = kBackendKey,
              .source = Source::kBackend,
              .kind = Kind::kFact,
              .received_at = fact.at,
              .time = fact.at,
              .id = make_uuid_v7(fact.at),
              .name = fact.name,
              .player_id = fact.player_id,
              .properties = fact.properties,
              .match_id = fact.match_id};
  std::array<Measure, kMeasuresMax> waits;
  const size_t count = std::min(waits.size(), fact.wait_seconds.size());
  for (size_t i = 0; i < count; ++i) waits[i] = {"wait_seconds", fact.wait_seconds[i]};
  e.measures = {waits.data(), count};
  std::string row;
  append_row(row, e);
  return row;
}

}  // namespace gamekeeper::events
