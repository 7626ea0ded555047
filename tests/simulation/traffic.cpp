#include "traffic.h"

#include <fmt/format.h>

namespace gamekeeper::simulation {
namespace {

constexpr int64_t kHourMs = 3'600'000;

std::string uuid_text(uint64_t n) {
  return fmt::format("{:08x}-0000-4000-8000-{:012x}", n * 2654435761u & 0xffffffffu, n);
}

}  // namespace

std::string Said::identity() const {
  return seq != 0 ? app + '\n' + player + '\n' + session + '\n' + std::to_string(seq)
                  : app + "\n#" + std::to_string(serial);
}

std::string Traffic::properties(Said& said, bool server) {
  std::string out = fmt::format(R"({{"n":{})", said.serial);
  if (dice_.percent(25)) out += fmt::format(R"(,"platform":"{}")", dice_.pick({"ios", "android", ""}));
  if (dice_.percent(15)) out += fmt::format(R"(,"country":"{}")", dice_.pick({"DE", "FR"}));
  if (dice_.percent(15)) out += fmt::format(R"(,"version":"{}")", dice_.pick({"1.0", "1.1"}));
  if (said.name == "purchase") {
    out += fmt::format(R"(,"amount":{}.{:02d},"currency":"{}")", dice_.below(40), dice_.below(100),
                       dice_.pick({"EUR", "USD"}));
  } else if (said.name == "economy") {
    out +=
        fmt::format(R"(,"flow":"{}","currency":"GLD","amount":{})", dice_.pick({"source", "sink"}), dice_.below(500));
  } else if (said.name == "progression") {
    out += fmt::format(R"(,"status":"complete","level":"l{}","score":{})", dice_.below(5), dice_.below(1000));
  } else if (said.name == "error") {
    out += fmt::format(R"(,"severity":"{}","message":"m")", dice_.pick({"info", "error", "critical"}));
  } else if (server && said.name.starts_with("match.")) {
    out += fmt::format(R"(,"match_id":"m{}")", dice_.below(40));
  }
  return out + '}';
}

std::string Traffic::event(const Post& post, const Member* member, Said& said) {
  const bool server = post.who.kind == PrincipalKind::kServerKey;
  const UnixMillis now = clock_.now_ms();
  said.app = post.who.app, said.key = post.who.key_id;
  said.name = server && dice_.percent(40) ? dice_.pick({"match.completed", "match.formed"})
                                          : dice_.pick({"tick", "tick", "jump", "session_start", "session_end",
                                                        "purchase", "economy", "progression", "error"});
  said.player = member != nullptr ? member->player : fmt::format("player-{}", dice_.below(12));
  said.time = dice_.percent(75) ? now - dice_.below(5'000) : now - dice_.below(72 * kHourMs);
  if (dice_.percent(3)) said.time = now + dice_.below(kHourMs / 2);
  if (member != nullptr) {
    said.session = member->session;
    said.seq = member->seq;
    if (member->behind) said.time -= kHourMs;
  }
  std::string out = fmt::format(R"({{"name":"{}","player_id":"{}","time":{})", said.name, said.player, said.time);
  if (member != nullptr)
    out += fmt::format(R"(,"session_id":"{}","seq":{})", said.session, said.seq);
  else if (post.idempotency_key.empty())
    out += fmt::format(R"(,"id":"{}")", uuid_text(++ids_));
  return out + R"(,"properties":)" + properties(said, server) + '}';
}

std::string Traffic::bad_event() {
  return std::string(
      dice_.pick({R"({"name":"tick"})", R"({"name":"no good","player_id":"p"})",
                  R"({"name":"tick","player_id":"p","seq":1})", R"({"name":"tick","player_id":"p","time":"never"})",
                  R"({"name":"purchase","player_id":"p","properties":{"amount":-1}})"}));
}

Post Traffic::next_post() {
  Post post;
  const bool other = dice_.percent(25), server = !other && dice_.percent(20);
  post.who.app = other ? "other" : "arena";
  post.who.kind = server ? PrincipalKind::kServerKey : PrincipalKind::kWriteKey;
  post.who.key_id = post.who.subject = other ? "k3" : server ? "k2" : "k1";
  // An event with neither id nor seq gets its identity from the key of its POST.
  if (server || dice_.percent(30)) post.idempotency_key = fmt::format("post-{}", ++posts_);
  if (dice_.percent(30)) post.format = ingest::Format::kNdjson;
  Member* member = nullptr;
  if (!server && dice_.percent(70)) {
    const std::string player = fmt::format("player-{}", dice_.below(12)), session = fmt::format("s{}", dice_.below(3));
    member = &members_[post.who.app + player + session];
    if (member->app.empty()) *member = {post.who.app, player, session, 0, dice_.percent(20)};
    post.format = ingest::Format::kJson;  // which can say sent_at
  }
  std::vector<std::string> events;
  for (int64_t left = dice_.between(1, 14); left > 0; --left) {
    if (dice_.percent(3)) {
      events.push_back(bad_event());
      ++post.bad;
      continue;
    }
    if (member != nullptr) member->seq += dice_.percent(95) ? 1 : 2;  // now and then one is lost for ever
    Said said{.serial = journal_.size()};
    events.push_back(event(post, member, said));
    post.good.push_back(said.serial);
    journal_.push_back(std::move(said));
  }
  const bool lines = post.format == ingest::Format::kNdjson;
  for (const std::string& e : events) post.body += (post.body.empty() ? "" : lines ? "\n" : ",") + e;
  if (!lines) {
    const UnixMillis sent_at = clock_.now_ms() - (member != nullptr && member->behind ? kHourMs : 0);
    post.body = fmt::format(R"({{"sent_at":{},"events":[{}]}})", sent_at, post.body);
  }
  return post;
}

void Traffic::acknowledge(const Post& post) {
  for (const uint64_t serial : post.good) journal_[serial].acknowledged = true;
  refused_[post.who.key_id] += post.bad;
}

uint64_t Traffic::refused_acknowledged(const std::string& key) const {
  const auto at = refused_.find(key);
  return at == refused_.end() ? 0 : at->second;
}

}  // namespace gamekeeper::simulation
