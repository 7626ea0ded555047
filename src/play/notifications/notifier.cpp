#include "play/notifications/notifier.h"

#include <algorithm>
#include <iterator>

#include "events/event.h"
#include "play/notifications/triggers.h"

namespace gamekeeper::play {

Task<Result<flow::Effects>> Notifier::take(std::string rows) {
  flow::Effects effects;
  std::vector<Draft> drafts;
  events::RowReader reader(rows);
  events::EventView fact;
  while (reader.next(fact)) {
    if (fact.source != events::Source::kBackend) continue;  // nearly all of them
    if (auto ok = co_await webhooks_.tell(fact, effects.writes); !ok) co_return std::unexpected(ok.error());
    std::ranges::move(drafts_of(fact), std::back_inserter(drafts));
  }
  if (reader.corrupt()) co_return fail(ErrorKind::kCorrupt, "corrupt", "A row of the log cannot be read.");
  Mailing mailing(parts_);
  if (auto ok = co_await mailing.prepare(drafts); !ok) co_return std::unexpected(ok.error());
  for (Draft& draft : drafts) {
    if (auto ok = co_await mailing.add(std::move(draft)); !ok) co_return std::unexpected(ok.error());
  }
  if (auto ok = co_await mailing.finish(effects); !ok) co_return std::unexpected(ok.error());
  co_return effects;
}

}  // namespace gamekeeper::play
