#include "play/results/queue_qualities.h"

#include "gate/records.h"
#include "play/accounts/player.h"

namespace gamekeeper::play {

Task<Result<QueueQuality>> QueueQualities::stored(std::string app, std::string queue) {
  auto document = co_await documents_.get(kRatingQuality, scoped(app, queue));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return QueueQuality{.app = app, .queue = queue};
  co_return read_queue_quality(**document);
}

Task<Result<bool>> QueueQualities::step() {
  auto version = co_await documents_.version();
  if (!version) co_return std::unexpected(version.error());
  if (seen_ != 0 && *version == seen_) co_return false;
  auto documents = co_await gate::read_all(documents_, kRatingQueues);
  if (!documents) co_return std::unexpected(documents.error());
  bool more = false;
  for (const ports::Document& document : *documents) {
    auto record = read_rating_queue(document);
    if (!record) co_return std::unexpected(record.error());
    const auto known = whole_.find(document.id);
    if (known != whole_.end() && known->second == std::pair(record->applied, record->recomputed)) continue;
    if (record->recompute) continue;  // its numbers are being written anew: when that is done, `recomputed` has grown
    auto is_whole = co_await count(*record);
    if (!is_whole) co_return std::unexpected(is_whole.error());
    if (*is_whole) whole_[document.id] = {record->applied, record->recomputed};
    more = more || !*is_whole;
  }
  if (!more) seen_ = *version;
  co_return more;
}

/// Whether all is counted that the record knows of.
Task<Result<bool>> QueueQualities::count(const QueueRecord& record) {
  auto before = co_await stored(record.app, record.queue);
  if (!before) co_return std::unexpected(before.error());
  QueueQuality quality = std::move(*before);
  if (quality.recomputed != record.recomputed || quality.counted > record.applied)
    quality = {.app = record.app, .queue = record.queue, .recomputed = record.recomputed, .version = quality.version};
  if (quality.counted == record.applied) co_return true;  // another process was here
  ports::Query query{.collection = kMatches,
                     .index = kMatchesByNumber,
                     .from = match_number_key(record.app, record.queue, quality.counted + 1),
                     .to = match_number_key(record.app, record.queue, record.applied + 1),
                     .limit = kPage};
  for (int pages = 0; pages < kPagesAStep; ++pages) {
    auto page = co_await documents_.query(query);
    if (!page) co_return std::unexpected(page.error());
    for (const ports::Document& document : page->items) {
      auto match = read_match(document);
      if (!match) co_return std::unexpected(match.error());
      quality.add(*match);
    }
    query.cursor = std::move(page->next_cursor);
    if (query.cursor.empty()) {
      quality.counted = record.applied;
      break;
    }
  }
  quality.as_of = clock_.now_ms();
  ports::WriteSet set;
  set.puts.push_back(put_of(quality));
  auto done = co_await documents_.commit(std::move(set));
  if (!done && !gate::is_conflict(done.error())) co_return std::unexpected(done.error());
  co_return done&& quality.counted == record.applied;
}

Task<Result<RatingQueuePage>> QueueQualities::list(std::string app, uint32_t limit, std::string cursor) {
  auto page = co_await documents_.query({.collection = kRatingQueues,
                                         .index = "all",
                                         .from = all_of(app).from,
                                         .to = all_of(app).to,
                                         .limit = limit,
                                         .cursor = std::move(cursor)});
  if (!page) co_return std::unexpected(page.error());
  RatingQueuePage out{.items = {}, .next_cursor = std::move(page->next_cursor)};
  for (const ports::Document& document : page->items) {
    auto record = read_rating_queue(document);
    if (!record) co_return std::unexpected(record.error());
    out.items.push_back(std::move(*record));
  }
  co_return out;
}

Task<Result<RecordPage<std::string>>> QueueQualities::names(std::string app, uint32_t limit, std::string cursor) {
  auto page = co_await list(std::move(app), limit, std::move(cursor));
  if (!page) co_return std::unexpected(page.error());
  RecordPage<std::string> out{.items = {}, .next_cursor = std::move(page->next_cursor)};
  for (QueueRecord& record : page->items) out.items.push_back(std::move(record.queue));
  co_return out;
}

Task<Result<QueueRecord>> QueueQualities::record(std::string app, std::string queue) {
  auto document = co_await documents_.get(kRatingQueues, scoped(app, queue));
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return fail(ErrorKind::kNotFound, "not_found", "Nothing was played in this queue.", "queue");
  co_return read_rating_queue(**document);
}

Task<Result<QualityView>> QueueQualities::read(std::string app, std::string queue) {
  auto known = co_await record(app, queue);
  if (!known) co_return std::unexpected(known.error());
  auto quality = co_await stored(std::move(app), std::move(queue));
  if (!quality) co_return std::unexpected(quality.error());
  co_return QualityView{.record = std::move(*known), .quality = std::move(*quality)};
}

}  // namespace gamekeeper::play
