#include "server/wiring.h"

#include <fmt/format.h>

#include <thread>

#include "adapters/otlp/otlp_span_sink.h"
#include "adapters/smtp/mail_text.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/metrics.h"
#include "flow/log_retention.h"
#include "gate/gate.h"
#include "insight/analytics/analytics.h"
#include "insight/analytics/analytics_routes.h"
#include "insight/ingest/ingest_routes.h"
#include "insight/processor/processor.h"
#include "net/server.h"
#include "operate/admin_routes.h"
#include "operate/health.h"
#include "operate/request_spans.h"
#include "operate/status_routes.h"
#include "server/bootstrap.h"
#include "server/findings.h"
#include "server/gauges.h"
#include "server/housekeeping.h"
#include "server/ledger_sources.h"
#include "server/play_side.h"
#include "server/production.h"
#include "server/run_now.h"
#include "server/stores.h"
#include "server/web_files.h"

namespace gamekeeper::server {
namespace {

ingest::MeasuresOf measures_of(gate::Directory& directory) {
  return [&directory](const std::string& app) {
    auto out = std::make_shared<std::vector<events::DeclaredMeasure>>();
    auto found = directory.peek().apps.find(app);
    if (found == directory.peek().apps.end()) return std::shared_ptr<const std::vector<events::DeclaredMeasure>>();
    for (const std::string& m : found->second->settings.measures) {
      const size_t dot = m.rfind('.');
      out->push_back({m.substr(0, dot), m.substr(dot + 1)});
    }
    return std::shared_ptr<const std::vector<events::DeclaredMeasure>>(std::move(out));
  };
}

analytics::DeclaredMeasures declared_measures(gate::Directory& directory) {
  return [&directory](const std::string& app, const std::string& event, const std::string& property) {
    auto snapshot = directory.share();
    auto found = snapshot->apps.find(app);
    if (found == snapshot->apps.end()) return false;
    const auto& measures = found->second->settings.measures;
    return std::find(measures.begin(), measures.end(), event + "." + property) != measures.end();
  };
}

Task<Result<net::Response>> answer_page(const WebFiles& web, const net::Request& request) {
  co_return web.answer(request);
}

Task<Result<Principal>> authenticate_reader(gate::Gate& gate, std::string authorization, std::string app) {
  static constexpr net::RoutePolicy kReaders{
      .read_key = true, .admin = AdminRole::kAnalyst, .cost = 0};  // sockets ask twice a second
  co_return gate.authenticate(authorization, app, kReaders);
}

processor::AppSettingsOf app_settings(gate::Directory& directory) {
  return [&directory](std::string_view app) {
    auto snapshot = directory.share();
    auto found = snapshot->apps.find(std::string(app));
    return processor::AppSettings{.timezone = found == snapshot->apps.end() ? "UTC" : found->second->settings.timezone};
  };
}

std::unique_ptr<SpanSink> open_span_sink(const Config& c, Metrics& metrics) {
  if (c.telemetry.otlp_endpoint.empty()) return nullptr;
  adapters::OtlpOptions options{.endpoint = c.telemetry.otlp_endpoint,
                                .origin = {.service = c.telemetry.service_name,
                                           .version = GAMEKEEPER_VERSION,
                                           .instance = to_string(make_uuid_v7(SystemClock().now_ms()))},
                                .queue_spans_max = static_cast<size_t>(c.telemetry.queue_spans_max)};
  for (const std::string& header : c.telemetry.otlp_headers) {
    const size_t colon = header.find(": ");
    options.headers.emplace_back(header.substr(0, colon), header.substr(colon + 2));
  }
  return std::make_unique<adapters::OtlpSpanSink>(std::move(options), metrics);
}

net::ServerOptions server_options(const Config& c, Metrics& metrics, SpanSink* spans) {
  net::ServerOptions options;
  const size_t colon = c.server.listen.rfind(':');
  options.address = c.server.listen.substr(0, colon);
  options.port = static_cast<uint16_t>(std::stoi(c.server.listen.substr(colon + 1)));  // the configuration was checked
  options.threads = static_cast<int>(c.server.threads);
  options.body_bytes_max = static_cast<size_t>(c.server.body_bytes_max);
  options.connections_max = static_cast<size_t>(c.server.connections_max);
  options.allowed_origins = c.server.allowed_origins;
  if (options.allowed_origins.empty() && c.server.mode == "development") options.allowed_origins = {"*"};
  options.tls_certificate_file = c.server.tls_certificate;
  options.tls_key_file = c.server.tls_key;
  options.metrics = &metrics;
  for (const std::string& network : c.server.trusted_proxies)
    options.trusted_proxies.push_back(*net::parse_network(network));
  options.trace_sample = c.telemetry.sample;
  if (spans) options.tracer = operate::request_tracer(*spans);
  return options;
}

/// What the processor has folded for certain.
Task<Result<ports::Position>> folded_up_to(ports::SeriesStore& series, ports::Partition partition) {
  auto states = co_await series.states();
  if (!states) co_return std::unexpected(states.error());
  for (const auto& state : *states) {
    if (state.partition == partition) co_return state.durable;
  }
  co_return ports::Position{};
}

}  // namespace

struct Program::Parts {
  explicit Parts(const Config& c) : config(c), spans(open_span_sink(c, metrics)) {}
  Tracing tracing() { return {.sink = spans.get(), .trail = &trail, .sample = config.telemetry.sample}; }

  Config config;
  std::chrono::nanoseconds stores_open_after{0};
  SystemClock clock;
  Metrics metrics;
  std::unique_ptr<SpanSink> spans;  // null: nothing is traced
  TraceTrail trail;
  Stores stores;
  // Who may come in.
  std::unique_ptr<gate::Tokens> tokens, player_tokens;
  std::unique_ptr<gate::Passwords> passwords;
  std::unique_ptr<gate::Directory> directory;
  std::unique_ptr<gate::Admins> admins;
  std::unique_ptr<gate::PlayerAccess> player_access;
  std::unique_ptr<gate::Audit> audit;
  std::unique_ptr<gate::FirstAnswers> answers;
  std::unique_ptr<gate::Gate> gate;
  // The way of an event.
  std::unique_ptr<ingest::DeadLetters> letters;
  std::unique_ptr<ingest::IngestService> ingest;
  std::unique_ptr<processor::Processor> processor;
  std::unique_ptr<LedgerSources> ledger;
  std::unique_ptr<analytics::Analytics> analytics;
  std::unique_ptr<PlaySide> play;
  // What is served.
  operate::Health health;
  std::unique_ptr<WebFiles> web;
  net::Router router;
  std::unique_ptr<net::Server> server;
  std::unique_ptr<flow::LogRetention> retention;  // null: the log's engine has one of its own
  std::unique_ptr<Housekeeping> housekeeping;

  Result<void> open_gate();
  void make_services();
  std::vector<Chore> chores();
  void add_routes();
};

Result<void> Program::Parts::open_gate() {
  const bool production = config.server.mode == "production";
  tokens = std::make_unique<gate::Tokens>(*stores.documents, gate::kAdminTokens);
  player_tokens = std::make_unique<gate::Tokens>(*stores.documents, gate::kPlayerTokens);
  passwords = std::make_unique<gate::Passwords>();
  directory = std::make_unique<gate::Directory>(*stores.documents, clock);
  gate::LoginLimits logins;
  if (production) logins.per_address = {60, 60'000'000'000};
  admins = std::make_unique<gate::Admins>(*stores.documents, *tokens, *passwords, clock, logins);
  player_access = std::make_unique<gate::PlayerAccess>(*stores.documents, *player_tokens, clock);
  audit = std::make_unique<gate::Audit>(*stores.documents);
  answers = std::make_unique<gate::FirstAnswers>(*stores.documents, clock);
  gate::GateOptions limits;
  if (production) limits = {.requests_per_second = 1'000, .events_per_second = 100'000};
  gate = std::make_unique<gate::Gate>(gate::GateParts{*directory, *admins, *player_access, *audit, *answers}, clock,
                                      limits);
  for (auto load :
       {run_now(tokens->load()), run_now(directory->load()), run_now(admins->load()), run_now(player_access->load())}) {
    if (!load) return load;
  }
  return bootstrap(config, *directory, *admins);
}

void Program::Parts::make_services() {
  const ingest::DeadLetterLimits letters_kept{.letters_max = static_cast<uint64_t>(config.ingest.dead_letters_max),
                                              .bytes_max = static_cast<uint64_t>(config.ingest.dead_letter_bytes_max)};
  letters = std::make_unique<ingest::DeadLetters>(*stores.documents, letters_kept, &metrics);
  ingest::Limits limits;
  limits.events_max = static_cast<size_t>(config.ingest.events_max);
  limits.event_bytes_max = static_cast<size_t>(config.ingest.event_bytes_max);
  ingest = std::make_unique<ingest::IngestService>(*stores.log, *letters, clock, measures_of(*directory), limits,
                                                   metrics, tracing());
  if (stores.claims) {
    processor::ProcessorOptions options;
    options.commit_interval = std::chrono::milliseconds(config.processor.commit_ms);
    options.threads = static_cast<int>(config.processor.threads);
    options.owner = fmt::format("{}:{}", config.server.listen, ::getpid());
    options.fold.settings = app_settings(*directory);
    options.tracing = tracing();
    processor = std::make_unique<processor::Processor>(
        processor::Processor::Ports{*stores.log, *stores.claims, *stores.series}, options, clock, &metrics);
  }
  if (config.log.kind == "embedded") {
    const flow::ConsumedUpTo folded = [this](ports::Partition p) { return folded_up_to(*stores.series, p); };
    const flow::RetentionOptions options{.age_max = std::chrono::hours(config.log.retention_hours),
                                         .bytes_max = static_cast<uint64_t>(config.log.retention_bytes)};
    retention = std::make_unique<flow::LogRetention>(*stores.log, std::vector{folded}, options, clock, &metrics);
  }
  ledger = std::make_unique<LedgerSources>(*directory, *letters);
  analytics = std::make_unique<analytics::Analytics>(*stores.series, *stores.log, *ledger,
                                                     declared_measures(*directory), clock);
}

/// Other processes change the gate's documents, too; and everywhere something ends by itself.
std::vector<Chore> Program::Parts::chores() {
  using namespace std::chrono_literals;
  std::vector<Chore> out{{"gate", "refresh_failed", 250ms, [this] { return gate->refresh(); }}};
  if (retention) out.push_back({"log", "trim_failed", 5s, [this] { return retention->run_once(); }});
  for (Chore& chore : play->chores()) out.push_back(std::move(chore));
  return out;
}

void Program::Parts::add_routes() {
  add_findings(health, config, stores, retention.get(), processor.get(), play->boards());
  add_gauges(metrics, config, health, processor.get());
  operate::add_status_routes(router, health, metrics,
                             [this] { return gate::jwks({tokens.get(), player_tokens.get()}, clock.now_ms()); });
  operate::add_admin_routes(router, *directory, *admins, *player_access, *audit, clock,
                            {.mode = config.server.mode,
                             .simulated = config.server.simulated,
                             .partitions = stores.log->partitions(),
                             .started_at = clock.now_ms()});
  if (config.has_role("console")) {
    web = std::make_unique<WebFiles>(config.server.web.empty() ? default_web_folder() : config.server.web);
    router.set_fallback([this](const net::Request& request, const Principal&) { return answer_page(*web, request); });
  }
  play->add_routes(router);
  if (config.has_role("ingest")) {
    ingest::add_ingest_routes(router, *ingest, *letters,
                              [this](const Principal& who, uint32_t events) { return gate->take_events(who, events); });
  }
  if (config.has_role("analytics")) {
    analytics::RouteSources sources;
    sources.tracing = tracing();
    sources.authenticate = [this](std::string authorization, std::string app) {
      return authenticate_reader(*gate, std::move(authorization), std::move(app));
    };
    if (web) sources.page = [this](const net::Request& request) { return web->page("/graphiql.html", request); };
    analytics::add_analytics_routes(router, *analytics, std::move(sources));
  }
}

Program::Program(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Program::~Program() { stop(); }

Result<std::unique_ptr<Program>> Program::start(const Config& config) {
  if (config.server.mode == "production") {
    if (auto ok = check_production_config(config); !ok) return std::unexpected(ok.error());
  }
  if (!config.smtp.url.empty() && !adapters::is_mail_address(config.smtp.from))
    return fail(ErrorKind::kInvalid, "bad_value", "smtp.from must be the address that mail comes from.", "smtp.from");
  auto parts = std::make_unique<Parts>(config);
  const auto began = std::chrono::steady_clock::now();
  auto stores = open_stores(config, &parts->metrics);
  if (!stores) return std::unexpected(stores.error());
  parts->stores = std::move(*stores);
  parts->stores_open_after = std::chrono::steady_clock::now() - began;
  if (auto ok = parts->open_gate(); !ok) return std::unexpected(ok.error());
  parts->make_services();
  parts->play = std::make_unique<PlaySide>(PlaySide::Needs{parts->config, parts->stores, parts->clock, parts->metrics,
                                                           *parts->gate, *parts->directory, *parts->player_access,
                                                           *parts->passwords});
  parts->add_routes();
  parts->server = std::make_unique<net::Server>(server_options(config, parts->metrics, parts->spans.get()),
                                                parts->router, *parts->gate);
  if (auto ok = parts->server->start(); !ok) return std::unexpected(ok.error());
  if (parts->processor) parts->processor->start();
  parts->play->start();
  parts->housekeeping = std::make_unique<Housekeeping>(parts->chores());
  parts->health.set_ready(true);
  return std::unique_ptr<Program>(new Program(std::move(parts)));
}

uint16_t Program::port() const { return parts_->server->port(); }

std::chrono::nanoseconds Program::stores_open_after() const { return parts_->stores_open_after; }

std::string Program::sign_in_link() {
  const auto admins = parts_->admins->list();
  const auto chief =
      std::ranges::find_if(admins, [](const gate::Admin& a) { return a.role == AdminRole::kAdmin && a.apps.empty(); });
  return chief == admins.end() ? std::string() : parts_->admins->make_link(chief->username);
}

void Program::stop() {
  if (!parts_) return;
  parts_->health.set_ready(false);
  std::this_thread::sleep_for(std::chrono::milliseconds(parts_->config.server.drain_wait_ms));
  parts_->server->stop();
  parts_->play->hurry();
  parts_->housekeeping.reset();
  parts_->play->stop();
  if (parts_->stores.claims) parts_->stores.claims->stop();
  if (parts_->processor) parts_->processor->stop();
  parts_->passwords->stop();
  parts_.reset();
}

}  // namespace gamekeeper::server
