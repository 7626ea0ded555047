#include "world.h"

#include "base/log.h"
#include "tests/support/run_task.h"

namespace gamekeeper::simulation {

using std::chrono::milliseconds;

namespace {

constexpr int kClients = 4;
constexpr int64_t kTrafficUs = 6'000'000;
constexpr int64_t kPeaceUs = 600'000'000;

processor::ProcessorOptions options_for(const std::string& owner, Dice& dice) {
  processor::ProcessorOptions options;
  options.owner = owner;
  options.commit_interval = milliseconds(dice.between(20, 200));
  options.commit_events_max = static_cast<uint64_t>(dice.between(10, 400));
  options.fold.settings = [](std::string_view app) { return processor::AppSettings{zone_of(app)}; };
  if (dice.percent(50)) {  // so little memory that most state goes to the store and back
    options.fold.residents = {3, 4, 5, 2};
    options.fold.cell_cache_bytes = dice.percent(50) ? 0 : 20'000;
  }
  return options;
}

}  // namespace

const char* zone_of(std::string_view app) { return app == "arena" ? "America/St_Johns" : "Asia/Kolkata"; }

struct World::Front {
  Front(Fate& fate, LogContents& contents, MemoryDocuments& documents, const Clock& clock)
      : process(fate, "ingest"),
        log(process, contents),
        letters(documents),
        service(
            log, letters, clock, [](const std::string&) { return nullptr; }, {}, metrics),
        clock(clock) {}

  /// Answers into `reply`, unless the process dies first.
  Task<void> serve(Post post, std::shared_ptr<std::optional<bool>> reply) {
    const UnixMillis received_at = clock.now_ms();
    std::string body = post.body;
    body.append(simdjson::SIMDJSON_PADDING, ' ');
    auto decoded = service.decode(post.format, std::string_view(body.data(), post.body.size()), body.size(), post.who,
                                  post.idempotency_key, received_at);
    GK_CHECK(decoded.has_value(), "the body is such a document");
    GK_CHECK(decoded->accepted == post.good.size() && decoded->rejected.size() == post.bad,
             "bad events cost no good ones");
    auto receipt = co_await service.accept(post.who, std::move(*decoded), received_at);
    co_await process.moment("ingest.answer");
    *reply = receipt.has_value();
  }

  Process process;
  SimLog log;
  ingest::DeadLetters letters;
  Metrics metrics;
  ingest::IngestService service;
  const Clock& clock;
};

struct World::Folder {
  Folder(Fate& fate, std::string name, LogContents& log_contents, StoreContents& store_contents, const Clock& c)
      : process(fate, std::move(name)), log(process, log_contents), store(process, store_contents), clock(c) {}

  void start() {
    options = options_for(process.name(), process.fate().dice);
    process.start();
  }
  void kill() {
    process.kill();
    workers.clear();
  }
  /// As a grant of PartitionClaims.
  void take(ports::Partition partition) {
    if (!process.alive() || process.doomed()) return;
    process.fate().trace.note(process.name(), "is granted", partition);
    auto& worker = workers[partition];
    if (worker && !worker->has_ended()) return;
    worker = std::make_shared<processor::PartitionWorker>(partition, processor::Processor::Ports{log, no_claims, store},
                                                          options, clock, nullptr);
    asio::co_spawn(process.context(), worker->run(), [worker](std::exception_ptr error) {
      GK_CHECK(!error, "no exception leaves a worker");
      worker->finished();
    });
  }
  /// As a revocation: it commits and ends, when it gets to it.
  void leave(ports::Partition partition) {
    const auto at = workers.find(partition);
    if (at == workers.end()) return;
    process.fate().trace.note(process.name(), "is revoked", partition);
    at->second->end();
  }
  /// Some partition was found corrupt, which no fault here explains.
  bool halted() const {
    for (const auto& [partition, worker] : workers) {
      if (worker->status().state == processor::PartitionStatus::State::kHalted) return true;
    }
    return false;
  }
  bool holds(ports::Partition partition) const {
    const auto at = workers.find(partition);
    return at != workers.end() && !at->second->has_ended();
  }

  /// Grants are made by the world; a worker never asks for them.
  struct NoClaims final : ports::PartitionClaims {
    Task<Result<ports::ClaimChange>> next() override { co_return fail(ErrorKind::kUnavailable, "stopped", "None."); }
    Task<Result<void>> release(ports::Partition) override { co_return Result<void>(); }
    void stop() override {}
  };

  Process process;
  SimLog log;
  SimStore store;
  NoClaims no_claims;
  const Clock& clock;
  processor::ProcessorOptions options;
  std::map<ports::Partition, std::shared_ptr<processor::PartitionWorker>> workers;
};

World::World(const Plan& plan)
    : fate_(plan.seed, kWallStart), traffic_(fate_.dice, clock_), clients_(fate_, "clients") {
  log::set_level(log::Level::kError);
  log_.forgets = plan.log_forgets;
  store_.mutation = plan.store;
  front_ = std::make_unique<Front>(fate_, log_, documents_, clock_);
  for (const char* name : {"processor-1", "processor-2"}) {
    processors_.push_back(std::make_unique<Folder>(fate_, name, log_, store_, clock_));
  }
}

World::~World() {
  clients_.kill();
  front_->process.kill();
  for (auto& p : processors_) p->kill();
}

Task<bool> World::deliver(const Post& post) {
  while (fate_.faults.on) {
    Process& ingest = front_->process;
    if (!ingest.alive() || ingest.doomed()) {
      co_await sleep_for(milliseconds(20));
      continue;
    }
    const int life = ingest.life();
    auto reply = std::make_shared<std::optional<bool>>();
    asio::co_spawn(ingest.context(), front_->serve(post, reply),
                   [](std::exception_ptr error) { GK_CHECK(!error, "no exception leaves ingest"); });
    while (!reply->has_value() && ingest.life() == life && ingest.alive()) co_await sleep_for(milliseconds(1));
    if (reply->has_value() && **reply) co_return true;
    co_await sleep_for(milliseconds(fate_.dice.between(1, 60)));
  }
  co_return false;
}

Task<void> World::client() {
  std::vector<Post> sent;
  while (fate_.time.elapsed_us() < kTrafficUs) {
    co_await sleep_for(milliseconds(fate_.dice.below(150)));
    Post post = traffic_.next_post();
    // Held back for a while: what comes later overtakes it.
    if (fate_.dice.percent(15)) co_await sleep_for(milliseconds(fate_.dice.below(1'500)));
    fate_.trace.note("client", "posts", post.good.size());
    if (co_await deliver(post)) traffic_.acknowledge(post);
    sent.push_back(std::move(post));
    if (fate_.dice.percent(12)) {
      // It forgot that it had sent this; the answer does not matter.
      (void)co_await deliver(sent[static_cast<size_t>(fate_.dice.below(static_cast<int64_t>(sent.size())))]);
    }
  }
}

/// Lets one thing run, or time pass when there is none.
void World::turn() {
  bool worked = fate_.run_due();
  const auto first = static_cast<size_t>(fate_.dice.below(4));
  for (size_t i = 0; i < 4; ++i) {
    const size_t who = (first + i) % 4;
    Process& process = who == 0 ? clients_ : who == 1 ? front_->process : processors_[who - 2]->process;
    worked = process.step() || worked;
  }
  bring_back();
  if (!worked) fate_.time.advance_us(fate_.dice.between(100, 3'000));
}

/// The doomed are buried and start again after a while.
void World::bring_back() {
  auto restart_later = [this](auto start) {
    ++kills_;
    fate_.later(fate_.dice.below(400'000), start);
  };
  if (front_->process.doomed() && front_->process.alive()) {
    front_->process.kill();
    restart_later([this] { front_->process.start(); });
  }
  for (auto& p : processors_) {
    if (!p->process.doomed() || !p->process.alive()) continue;
    p->kill();
    restart_later([&p = *p] { p.start(); });
  }
}

/// What befalls machines from outside: partitions move, with or without the old holder's knowledge; clocks jump.
void World::happen() {
  if (fate_.time.elapsed_us() < next_event_us_) return;
  Dice& dice = fate_.dice;
  next_event_us_ = fate_.time.elapsed_us() + dice.between(20'000, 600'000);
  const auto partition = static_cast<ports::Partition>(dice.below(kPartitions));
  auto& to = *processors_[static_cast<size_t>(dice.below(2))];
  auto& from = &to == processors_[0].get() ? *processors_[1] : *processors_[0];
  switch (dice.below(6)) {
    case 0:
      from.leave(partition), to.take(partition);
      break;
    case 1:
      to.leave(partition);
      break;
    case 2:
      fate_.time.jump_ms(dice.below(dice.percent(10) ? 3'600'000 : 20'000));
      break;
    default:
      to.take(partition);  // and the other may go on believing that it is its own
  }
}

bool World::caught_up() {
  if (busy_clients_ > 0) return false;
  std::map<ports::Partition, uint64_t> folded;
  for (const auto& state : *test::run(store_.cells.states())) folded[state.partition] = state.position.value;
  for (ports::Partition p = 0; p < kPartitions; ++p) {
    if (folded[p] < log_.rows[p].size()) return false;
  }
  return true;
}

bool World::live() {
  clients_.start();
  front_->process.start();
  for (auto& p : processors_) p->start();
  for (int i = 0; i < kClients; ++i) {
    ++busy_clients_;
    asio::co_spawn(clients_.context(), client(), [this](std::exception_ptr error) {
      GK_CHECK(!error, "no exception leaves a client");
      --busy_clients_;
    });
  }
  while (fate_.time.elapsed_us() < kTrafficUs + 500'000) turn(), happen();

  fate_.trace.note("world", "peace");
  fate_.faults.on = false;
  for (int64_t checked = 0; fate_.time.elapsed_us() < kPeaceUs;) {
    turn();
    if (fate_.time.elapsed_us() < checked + 50'000) continue;
    checked = fate_.time.elapsed_us();
    if (caught_up()) return true;
    for (auto& p : processors_) {
      if (p->halted()) return false;
    }
    for (ports::Partition p = 0; p < kPartitions; ++p) {
      if (!processors_[0]->holds(p) && !processors_[1]->holds(p)) processors_[p % 2]->take(p);
    }
  }
  return false;
}

}  // namespace gamekeeper::simulation
