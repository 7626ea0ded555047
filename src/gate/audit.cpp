#include "gate/audit.h"

#include <boost/json.hpp>

#include "base/ids.h"
#include "base/log.h"
#include "base/trace.h"
#include "gate/records.h"

namespace gamekeeper::gate {
namespace {
namespace json = boost::json;
constexpr const char* kAuditCollection = "audit";
}  // namespace

ports::Put Audit::put_of(const Act& act) {
  const std::string id = to_string(make_uuid_v7(act.at));
  return {.collection = kAuditCollection,
          .id = id,
          .body = json::serialize(json::object{{"at", act.at},
                                               {"actor", act.actor},
                                               {"role", act.role},
                                               {"action", act.action},
                                               {"target", act.target},
                                               {"app", act.app},
                                               {"status", act.status},
                                               {"request_id", act.request_id}}),
          .entries = {{"all", id}, {"app", act.app + "\n" + id}}};  // an id of an app has no line feed
}

void Audit::say(const Act& act) {
  const auto trace = parse_traceparent(act.traceparent);
  log::info("console", "audit",
            {log::text("actor", act.actor), log::text("action", act.action), log::text("target", act.target),
             log::number("status", int64_t{act.status}), log::text("request_id", act.request_id)},
            {.trace_id = trace ? trace->trace_id() : std::string_view{}});
}

Task<Result<void>> Audit::write(Act act) {
  say(act);
  ports::WriteSet set;
  set.puts.push_back(put_of(act));
  auto done = co_await store_.commit(std::move(set));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

Task<Result<AuditPage>> Audit::list(uint32_t limit, std::string cursor, std::string app) {
  ports::Query query{.collection = kAuditCollection,
                     .index = "all",
                     .direction = ports::Direction::kDescending,
                     .limit = limit,
                     .cursor = std::move(cursor)};
  if (!app.empty()) {
    query.index = "app";
    query.from = app + "\n";
    query.to = app + "\v";  // the byte after a line feed
  }
  auto page = co_await store_.query(std::move(query));
  if (!page) co_return std::unexpected(page.error());
  AuditPage out{.items = {}, .next_cursor = page->next_cursor};
  for (const auto& document : page->items) {
    auto o = parse_record(document);
    if (!o) co_return std::unexpected(o.error());
    out.items.push_back({document.id, number_of(*o, "at"), text_of(*o, "actor"), text_of(*o, "role"),
                         text_of(*o, "action"), text_of(*o, "target"), text_of(*o, "app"),
                         static_cast<int>(number_of(*o, "status")), text_of(*o, "request_id")});
  }
  co_return out;
}

}  // namespace gamekeeper::gate
