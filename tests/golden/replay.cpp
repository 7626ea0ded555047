#include "tests/golden/replay.h"

#include <boost/json.hpp>
#include <sstream>

#include "tests/support/run_task.h"

namespace gamekeeper::golden {

using test::run;

namespace {

constexpr uint32_t kPartitions = 2;
const char* const kApp = "arena";
const std::vector<events::DeclaredMeasure> kMeasures{{"jump", "height"}};

template <class T>
T must(Result<T> result) {
  GK_CHECK(result.has_value(), result.error().message.c_str());
  return std::move(*result);
}
void must(Result<void> result) { GK_CHECK(result.has_value(), result.error().message.c_str()); }

}  // namespace

class Replay::Ledger final : public analytics::LedgerSources {
 public:
  explicit Ledger(ingest::DeadLetters& letters) : letters_(letters) {}
  Task<Result<std::vector<std::string>>> keys(std::string) override {
    co_return std::vector<std::string>{"client", "server"};
  }
  Task<Result<uint64_t>> rejected(std::string app, std::string key) override {
    co_return co_await letters_.refused(std::move(app), std::move(key));
  }
  Task<Result<uint64_t>> open_dead_letters(std::string app) override {
    co_return co_await letters_.open_count(std::move(app));
  }

 private:
  ingest::DeadLetters& letters_;
};

Replay::Replay()
    : documents_(must(adapters::SqliteDocumentStore::open(folder_.path() + "/documents.db"))),
      log_(must(adapters::EmbeddedEventLog::open(folder_.path() + "/log", {.partitions = kPartitions}))),
      series_(must(adapters::SqliteSeriesStore::open(folder_.path() + "/series"))),
      letters_(std::make_unique<ingest::DeadLetters>(*documents_)),
      ingest_(std::make_unique<ingest::IngestService>(
          *log_, *letters_, clock_,
          [](const std::string&) { return std::make_shared<const std::vector<events::DeclaredMeasure>>(kMeasures); },
          ingest::Limits{}, metrics_)),
      ledger_(std::make_shared<Ledger>(*letters_)),
      analytics_(std::make_unique<analytics::Analytics>(
          *series_, *log_, *ledger_,
          [](const std::string&, const std::string& event, const std::string& property) {
            return event == kMeasures[0].event && property == kMeasures[0].property;
          },
          clock_)) {
  for (uint32_t p = 0; p < kPartitions; ++p) {
    claims_.push_back(must(run(series_->claim(p, "golden"))));
    folds_.push_back(std::make_unique<processor::PartitionFold>(*series_, p, processor::FoldOptions{}));
  }
}

void Replay::post_all(const std::string& ndjson) {
  std::string line;
  int n = 0;
  for (std::istringstream in(ndjson); std::getline(in, line);) {
    const auto post = boost::json::parse(line).as_object();
    const auto received_at = parse_time(post.at("received_at").as_string());
    GK_CHECK(received_at.has_value(), line.c_str());
    clock_.set(*received_at);
    const std::string key(post.at("key").as_string());
    const Principal who{.app = kApp,
                        .kind = key == "server" ? PrincipalKind::kServerKey : PrincipalKind::kWriteKey,
                        .subject = key,
                        .key_id = key};
    std::string body = boost::json::serialize(post.at("body"));
    const size_t size = body.size();
    body.resize(size + simdjson::SIMDJSON_PADDING);
    auto decoded = must(ingest_->decode(ingest::Format::kJson, std::string_view(body).substr(0, size), body.size(), who,
                                        "post " + std::to_string(++n), *received_at));
    must(run(ingest_->accept(who, std::move(decoded), *received_at)));
  }
}

void Replay::fold() {
  for (uint32_t p = 0; p < kPartitions; ++p) {
    const auto end = must(run(log_->bounds(p))).next;
    auto reader = must(run(log_->open(p, claims_[p].position)));
    while (claims_[p].position < end) {
      const auto chunk = must(run(reader->next(1 << 20, std::chrono::steady_clock::now() + std::chrono::minutes(1))));
      GK_CHECK(chunk.count > 0, "the log has what it says");
      must(run(folds_[p]->fold(chunk.rows)));
      claims_[p].position = chunk.next;
    }
    must(run(series_->commit(claims_[p], claims_[p].position, must(run(folds_[p]->drain())))));
    folds_[p]->committed();
  }
}

std::string Replay::ask(std::string query) {
  return must(run(analytics_->answer(kApp, "", {.query = std::move(query)}, true))).body;
}

}  // namespace gamekeeper::golden
