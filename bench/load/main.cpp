// bench_load: offers load to an HTTP server and prints one line of JSON about it.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <sstream>

#include "load/calls.h"
#include "load/driver.h"

namespace {

using namespace gamekeeper::bench;

double own_cpu_s() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

std::string contents(const std::string& file) {
  std::ifstream in(file);
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

void print(const LoadResult& r) {
  const Latencies& l = r.latencies;
  const double seconds = std::max(r.seconds, 1e-9);
  fmt::print(
      R"({{"requests":{},"units":{},"refused":{},"incomplete":{},"unanswered":{},"seconds":{:.4f},"requests_per_s":{:.1f},"units_per_s":{:.1f},)"
      R"("p50_ms":{:.3f},"p90_ms":{:.3f},"p99_ms":{:.3f},"p999_ms":{:.3f},"max_ms":{:.3f},"own_late_p99_ms":{:.3f},"own_late_max_ms":{:.3f},"before_others":{},"own_cpu_s":{:.3f}}})"
      "\n",
      r.requests, r.units, r.refused, r.incomplete, r.unanswered, r.seconds, static_cast<double>(r.requests) / seconds,
      static_cast<double>(r.units) / seconds, l.quantile_ms(0.5), l.quantile_ms(0.9), l.quantile_ms(0.99),
      l.quantile_ms(0.999), l.max_ms(), r.own_late_p99_ms, r.own_late_max_ms, r.before_others, own_cpu_s());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Offers load to an HTTP server on this machine."};
  Target target;
  EventsOptions events;
  SeriesOptions series;
  ResultsOptions results;
  BoardOptions board;
  LoadOptions options;
  CallsOptions calls;
  std::string work = "get", body_file;
  double rate = 0;
  app.add_option("--work", work, "get, events, series, results, scores, places, devices, calls or body")
      ->check(CLI::IsMember({"get", "events", "series", "results", "scores", "places", "devices", "calls", "body"}));
  app.add_option("--port", target.port, "on 127.0.0.1")->required();
  app.add_option("--path", target.path, "where to");
  app.add_option("--key", target.key, "bearer token");
  app.add_option("--connections", options.connections, "at once");
  app.add_option("--seconds", options.seconds, "how long");
  app.add_option("--warm", options.warm_s, "seconds at the start whose latencies do not count");
  app.add_option("--rate", rate, "units of work a second by the clock (open loop); 0: closed loop");
  app.add_option("--units", options.units_max, "end sooner, after so many units of work");
  app.add_option("--batch", events.batch, "events a POST");
  app.add_option("--run", events.run, "events of one session together");
  app.add_option("--sessions", events.sessions, "client sessions in turn");
  app.add_option("--seed", events.seed, "tells runs apart");
  app.add_option("--from-ms", events.from_ms, "events: their times, or series: the ranges, begin here");
  app.add_option("--minutes", events.minutes, "events: one a minute over so many; 0: without time");
  app.add_option("--ranges", series.ranges, "series: so many different ranges");
  app.add_option("--players", board.players, "results: players p0, p1, …, who exist; scores and places: of so many");
  app.add_option("--body", body_file, "body: file to POST; calls: file of calls, see calls.h");
  app.add_flag("--through-proxy", calls.through_proxy, "calls: each from another address, by X-Forwarded-For");
  CLI11_PARSE(app, argc, argv);
  if (rate > 0) options.rate = rate;
  series.from_ms = events.from_ms;
  results.seed = events.seed;
  results.players = static_cast<uint32_t>(board.players);
  board.seed = calls.seed = events.seed;

  std::unique_ptr<Traffic> traffic;
  if (work == "get")
    traffic = make_get(target);
  else if (work == "events")
    traffic = make_events(target, events);
  else if (work == "series")
    traffic = make_series(target, series);
  else if (work == "results")
    traffic = make_results(target, results);
  else if (work == "scores")
    traffic = make_scores(target, board);
  else if (work == "places")
    traffic = make_places(target, board);
  else if (work == "devices")
    traffic = make_devices(target, events.seed);
  else if (work == "calls")
    traffic = make_calls(target, contents(body_file), calls);
  else
    traffic = make_body(target, contents(body_file));
  print(run_load(target, *traffic, options));
}
