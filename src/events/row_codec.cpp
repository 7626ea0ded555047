// A row: a fixed head, then the texts one after another, in the order of their lengths in the head. Little endian,
// unaligned. A row begins with its own length, so that rows are walked without an index.
#include <algorithm>
#include <bit>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/result.h"
#include "events/event.h"

namespace gamekeeper::events {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr uint8_t kRowFormat = 1;
enum Flag : uint8_t { kHasPlatform = 1, kHasCountry = 2, kHasVersion = 4, kSink = 8, kSevere = 16 };

#pragma pack(push, 1)
struct Head {
  uint32_t row_bytes;
  uint8_t format;
  uint8_t flags;
  uint8_t source;
  uint8_t kind;
  int64_t received_at, sent_at, time;
  uint64_t seq;
  uint8_t id[16];
  int64_t amount_micros;
  uint8_t app, key, name, currency, measures;
  uint16_t player_id, session_id, platform, country, version, match_id;
  uint32_t properties;
};
#pragma pack(pop)

char* put(char* to, std::string_view text) {
  if (!text.empty()) std::memcpy(to, text.data(), text.size());  // memcpy takes no null pointer, not even for no bytes
  return to + text.size();
}

}  // namespace

uint32_t partition_of(std::string_view app, std::string_view player_id, uint32_t partitions) {
  // The seed is the app's hash, so that no buffer joins the two; apps are few and short.
  return static_cast<uint32_t>(XXH64(player_id.data(), player_id.size(), XXH64(app.data(), app.size(), 0)) %
                               partitions);
}

void append_row(std::string& rows, const EventView& e) {
  GK_CHECK(e.app.size() < 256 && e.key.size() < 256 && e.name.size() < 256 && e.currency.size() < 256,
           "short texts were checked by ingest");
  GK_CHECK(e.player_id.size() < 65536 && e.session_id.size() < 65536 && e.platform.size() < 65536 &&
               e.country.size() < 65536 && e.version.size() < 65536 && e.match_id.size() < 65536,
           "texts were checked by ingest");
  GK_CHECK(e.measures.size() <= kMeasuresMax, "measures are bounded");
  size_t bytes = sizeof(Head) + e.app.size() + e.key.size() + e.name.size() + e.currency.size() + e.player_id.size() +
                 e.session_id.size() + e.platform.size() + e.country.size() + e.version.size() + e.match_id.size() +
                 e.properties.size();
  for (const Measure& m : e.measures) bytes += 1 + m.property.size() + sizeof(double);

  Head head{};
  head.row_bytes = static_cast<uint32_t>(bytes);
  head.format = kRowFormat;
  head.flags =
      static_cast<uint8_t>((e.has_platform ? kHasPlatform : 0) | (e.has_country ? kHasCountry : 0) |
                           (e.has_version ? kHasVersion : 0) | (e.sink ? kSink : 0) | (e.severe ? kSevere : 0));
  head.source = static_cast<uint8_t>(e.source);
  head.kind = static_cast<uint8_t>(e.kind);
  head.received_at = e.received_at;
  head.sent_at = e.sent_at;
  head.time = e.time;
  head.seq = e.seq;
  std::memcpy(head.id, e.id.bytes.data(), 16);
  head.amount_micros = e.amount_micros;
  head.app = static_cast<uint8_t>(e.app.size());
  head.key = static_cast<uint8_t>(e.key.size());
  head.name = static_cast<uint8_t>(e.name.size());
  head.currency = static_cast<uint8_t>(e.currency.size());
  head.measures = static_cast<uint8_t>(e.measures.size());
  head.player_id = static_cast<uint16_t>(e.player_id.size());
  head.session_id = static_cast<uint16_t>(e.session_id.size());
  head.platform = static_cast<uint16_t>(e.platform.size());
  head.country = static_cast<uint16_t>(e.country.size());
  head.version = static_cast<uint16_t>(e.version.size());
  head.match_id = static_cast<uint16_t>(e.match_id.size());
  head.properties = static_cast<uint32_t>(e.properties.size());

  const size_t before = rows.size();
  if (rows.capacity() < before + bytes) rows.reserve(std::max(before + bytes, 2 * rows.capacity()));
  rows.resize_and_overwrite(before + bytes, [&](char* begin, size_t size) {  // resize() would write zeros first
    char* to = begin + before;
    std::memcpy(to, &head, sizeof head);
    to += sizeof head;
    for (std::string_view text : {e.app, e.key, e.name, e.currency, e.player_id, e.session_id, e.platform, e.country,
                                  e.version, e.match_id, e.properties}) {
      to = put(to, text);
    }
    for (const Measure& m : e.measures) {
      *to++ = static_cast<char>(m.property.size());
      to = put(to, m.property);
      std::memcpy(to, &m.value, sizeof m.value);
      to += sizeof m.value;
    }
    return size;
  });
}

bool RowReader::next(EventView& e) {
  if (rest_.empty() || corrupt_) return false;
  Head head;
  if (rest_.size() < sizeof head) return corrupt_ = true, false;
  std::memcpy(&head, rest_.data(), sizeof head);
  const size_t texts = size_t{head.app} + head.key + head.name + head.currency + head.player_id + head.session_id +
                       head.platform + head.country + head.version + head.match_id + head.properties;
  if (head.format != kRowFormat || head.row_bytes > rest_.size() || head.row_bytes < sizeof head + texts ||
      head.measures > kMeasuresMax || head.source > static_cast<uint8_t>(Source::kBackend) ||
      head.kind > static_cast<uint8_t>(Kind::kFact)) {
    return corrupt_ = true, false;
  }
  const char* from = rest_.data() + sizeof head;
  const char* const end = rest_.data() + head.row_bytes;
  auto take = [&from](size_t n) {
    std::string_view text(from, n);
    from += n;
    return text;
  };
  e.source = static_cast<Source>(head.source);
  e.kind = static_cast<Kind>(head.kind);
  e.received_at = head.received_at;
  e.sent_at = head.sent_at;
  e.time = head.time;
  e.seq = head.seq;
  std::memcpy(e.id.bytes.data(), head.id, 16);
  e.amount_micros = head.amount_micros;
  e.has_platform = head.flags & kHasPlatform;
  e.has_country = head.flags & kHasCountry;
  e.has_version = head.flags & kHasVersion;
  e.sink = head.flags & kSink;
  e.severe = head.flags & kSevere;
  e.app = take(head.app);
  e.key = take(head.key);
  e.name = take(head.name);
  e.currency = take(head.currency);
  e.player_id = take(head.player_id);
  e.session_id = take(head.session_id);
  e.platform = take(head.platform);
  e.country = take(head.country);
  e.version = take(head.version);
  e.match_id = take(head.match_id);
  e.properties = take(head.properties);
  for (size_t i = 0; i < head.measures; ++i) {
    if (from >= end) return corrupt_ = true, false;
    const size_t name_bytes = static_cast<uint8_t>(*from++);
    if (static_cast<size_t>(end - from) < name_bytes + sizeof(double)) return corrupt_ = true, false;
    measures_[i].property = take(name_bytes);
    std::memcpy(&measures_[i].value, from, sizeof(double));
    from += sizeof(double);
  }
  if (from != end) return corrupt_ = true, false;
  e.measures = std::span<const Measure>(measures_.data(), head.measures);
  rest_.remove_prefix(head.row_bytes);
  return true;
}

}  // namespace gamekeeper::events
