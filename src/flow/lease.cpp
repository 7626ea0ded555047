#include "flow/lease.h"

#include <boost/json.hpp>
#include <utility>

#include "base/ids.h"

namespace gamekeeper::flow {
namespace {

namespace json = boost::json;

constexpr const char* kLeases = "leases";

}  // namespace

Lease::Lease(ports::DocumentStore& documents, const Clock& clock, std::string name, int64_t life_ms)
    : documents_(documents), clock_(clock), name_(std::move(name)), self_(random_token(12)), life_ms_(life_ms) {}

Task<Result<Lease::Record>> Lease::read() {
  auto document = co_await documents_.get(kLeases, name_);
  if (!document) co_return std::unexpected(document.error());
  if (!*document) co_return Record{};
  boost::system::error_code error;
  const json::value body = json::parse((*document)->body, error);
  const json::object* o = body.if_object();
  const json::value *holder = o ? o->if_contains("holder") : nullptr, *until = o ? o->if_contains("until") : nullptr,
                    *fence = o ? o->if_contains("fence") : nullptr;
  if (error || !holder || !holder->is_string() || !until || !until->is_int64() || !fence || !fence->is_int64())
    co_return fail(ErrorKind::kCorrupt, "corrupt", "A stored lease cannot be read.", name_);
  co_return Record{.holder = std::string(holder->as_string()),
                   .until = until->as_int64(),
                   .fence = static_cast<Fence>(fence->as_int64()),
                   .version = (*document)->version};
}

Task<Result<std::optional<Fence>>> Lease::write(Record next) {
  const json::object body{{"holder", next.holder}, {"until", next.until}, {"fence", next.fence}};
  ports::WriteSet set;
  set.puts.push_back(
      {.collection = kLeases, .id = name_, .body = json::serialize(body), .entries = {}, .expected = next.version});
  auto done = co_await documents_.commit(std::move(set));
  if (!done && done.error().kind == ErrorKind::kConflict) co_return std::nullopt;  // somebody else was faster
  if (!done) co_return std::unexpected(done.error());
  next.version = done->front();
  const Fence fence = next.fence;
  held_ = std::move(next);
  co_return fence;
}

Task<Result<std::optional<Fence>>> Lease::hold() {
  const UnixMillis now = clock_.now_ms();
  if (held_ && held_->until - now > life_ms_ / 2) co_return held_->fence;
  held_.reset();
  auto record = co_await read();
  if (!record) co_return std::unexpected(record.error());
  const bool is_ours = record->holder == self_;
  if (!is_ours && record->until > now) co_return std::nullopt;
  if (!is_ours) ++record->fence;
  record->holder = self_;
  record->until = now + life_ms_;
  co_return co_await write(std::move(*record));
}

Task<Result<void>> Lease::release() {
  auto held = std::exchange(held_, std::nullopt);
  if (!held) co_return Result<void>{};
  held->holder.clear();
  held->until = 0;
  auto done = co_await write(std::move(*held));
  held_.reset();
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>{};
}

}  // namespace gamekeeper::flow
