#include "insight/ingest/ingest_service.h"

#include "base/crash_point.h"

namespace gamekeeper::ingest {
namespace {

/// Parsers and their memory, one set a thread.
EventDecoder& decoder_of_this_thread(const Limits& limits) {
  thread_local EventDecoder decoder(limits);
  return decoder;
}

Receipt::Refused describe(const Rejection& r) {
  return {r.index, r.id, r.error.code, r.error.message, r.error.field, r.error.limit};
}

}  // namespace

IngestService::IngestService(ports::EventLog& log, DeadLetters& letters, const Clock& clock, MeasuresOf measures,
                             Limits limits, Metrics& metrics, Tracing tracing)
    : log_(log),
      letters_(letters),
      clock_(clock),
      measures_(std::move(measures)),
      limits_(limits),
      tracing_(tracing),
      accepted_(metrics.counter("gamekeeper_ingest_events_total", "Events taken in", {{"outcome", "accepted"}})),
      refused_(metrics.counter("gamekeeper_ingest_events_total", "Events taken in", {{"outcome", "rejected"}})),
      failed_(metrics.counter("gamekeeper_ingest_failed_posts_total", "POSTs that could not be stored")) {}

Result<Decoded> IngestService::decode(Format format, std::string_view body, size_t readable, const Principal& who,
                                      std::string_view idempotency_key, UnixMillis received_at) const {
  auto measures = measures_(who.app);
  Stamp stamp{.who = who,
              .received_at = received_at,
              .partitions = log_.partitions(),
              .idempotency_key = idempotency_key,
              .measures = {}};
  if (measures) stamp.measures = *measures;
  return decoder_of_this_thread(limits_).decode(format, body, readable, stamp);
}

Task<Result<void>> IngestService::append(std::vector<ports::PartitionBatch> parts, std::string_view traceparent) {
  ScopedSpan span(tracing_, traceparent, "log append", SpanKind::kProducer);
  std::vector<ports::Partition> partitions;
  int64_t events = 0;
  for (const auto& part : parts) {
    partitions.push_back(part.partition);
    events += part.count;
  }
  span.add("gamekeeper.events", events);
  auto outcomes = co_await log_.append(std::move(parts));
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i]) {
      if (span.active() && tracing_.trail) tracing_.trail->note(partitions[i], outcomes[i]->value, span.context());
      continue;
    }
    failed_.Increment();
    span.fail(outcomes[i].error().code);
    co_return std::unexpected(outcomes[i].error());
  }
  co_return Result<void>{};
}

Task<Result<Receipt>> IngestService::accept(Principal who, Decoded decoded, UnixMillis received_at,
                                            std::string traceparent) {
  Receipt receipt{.accepted = decoded.accepted, .rejected = {}};
  // Dead letters first: should the log then fail, the whole POST comes again and nothing has been lost.
  if (!decoded.rejected.empty()) {
    for (const Rejection& r : decoded.rejected) receipt.rejected.push_back(describe(r));
    auto kept = co_await letters_.add(who, received_at, std::move(decoded.rejected));
    if (!kept) co_return std::unexpected(kept.error());
    crash_point("letters.after");
    refused_.Increment(static_cast<double>(receipt.rejected.size()));
  }
  if (!decoded.parts.empty()) {
    auto stored = co_await append(std::move(decoded.parts), traceparent);
    if (!stored) co_return std::unexpected(stored.error());
    accepted_.Increment(receipt.accepted);
  }
  crash_point("answer.before");
  co_return receipt;
}

Task<Result<IngestService::ReplayOutcome>> IngestService::replay(std::string app, std::vector<std::string> ids) {
  ReplayOutcome outcome;
  for (const std::string& id : ids) {
    auto letter = co_await letters_.find(app, id);
    if (!letter) {
      outcome.rejected.push_back({id, letter.error().code, letter.error().message, "id", ""});
      continue;
    }
    Principal who{.app = app,
                  .kind = letter->server_key ? PrincipalKind::kServerKey : PrincipalKind::kWriteKey,
                  .subject = letter->key,
                  .key_id = letter->key};
    std::string line = letter->event;
    for (char& c : line) {
      if (c == '\n' || c == '\r') c = ' ';
    }
    const size_t size = line.size();
    line.append(64, ' ');
    // The letter's own id stands in for an idempotency key, so that a replay that is repeated counts once.
    auto decoded =
        decode(Format::kNdjson, std::string_view(line.data(), size), line.size(), who, letter->id, letter->received_at);
    if (decoded && decoded->rejected.empty() && decoded->accepted == 1) {
      auto stored = co_await append(std::move(decoded->parts), {});
      if (!stored) co_return std::unexpected(stored.error());
      accepted_.Increment();
      auto closed = co_await letters_.close(app, id);
      if (!closed && closed.error().kind != ErrorKind::kNotFound) co_return std::unexpected(closed.error());
      ++outcome.accepted;
      continue;
    }
    const Error error = !decoded ? decoded.error()
                        : decoded->rejected.empty()
                            ? Error{ErrorKind::kInvalid, "bad_json", "The letter holds no event."}
                            : decoded->rejected.front().error;
    outcome.rejected.push_back({id, error.code, error.message, error.field, error.limit});
  }
  co_return outcome;
}

}  // namespace gamekeeper::ingest
