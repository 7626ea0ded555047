#include "play/notifications/notifier.h"

#include "events/event.h"
#include "play/notifications/triggers.h"

namespace gamekeeper::play {

Task<Result<flow::Effects>> Notifier::take(std::string rows) {
  flow::Effects effects;
  Mailing mailing(parts_);
  events::RowReader reader(rows);
  events::EventView fact;
  while (reader.next(fact)) {
    if (fact.source != events::Source::kBackend) continue;  // nearly all of them
    if (auto ok = co_await webhooks_.tell(fact, effects.writes); !ok) co_return std::unexpected(ok.error());
    for (Draft& draft : drafts_of(fact)) {
      if (auto ok = co_await mailing.add(std::move(draft)); !ok) co_return std::unexpected(ok.error());
    }
  }
  if (reader.corrupt()) co_return fail(ErrorKind::kCorrupt, "corrupt", "A row of the log cannot be read.");
  if (auto ok = co_await mailing.finish(effects); !ok) co_return std::unexpected(ok.error());
  co_return effects;
}

}  // namespace gamekeeper::play
