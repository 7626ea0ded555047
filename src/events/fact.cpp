#include "events/fact.h"

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
  const Measure wait{"wait_seconds", fact.wait_seconds.value_or(0)};
  if (fact.wait_seconds) e.measures = {&wait, 1};
  std::string row;
  append_row(row, e);
  return row;
}

}  // namespace gamekeeper::events
