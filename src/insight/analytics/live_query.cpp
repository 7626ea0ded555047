#include "insight/analytics/live_query.h"

#include <boost/json.hpp>

#include "insight/analytics/http_protocol.h"

namespace gamekeeper::analytics {
namespace {

using graphql::OperationKind;
using graphql::Prepared;

constexpr std::chrono::milliseconds kOverviewPace{1'000}, kSeriesPace{200};

/// The text of the list in {"errors":[…]}, whatever else stands there.
std::string errors_of(const std::string& body) {
  return boost::json::serialize(boost::json::parse(body).as_object()["errors"]);
}

class OneAnswer final : public LiveQuery {
 public:
  OneAnswer(Analytics& analytics, std::string app, graphql::Request request)
      : analytics_(analytics), app_(std::move(app)), request_(std::move(request)) {}

  Task<Step> step(SteadyTime) override {
    auto answer = co_await analytics_.answer(app_, {}, std::move(request_), false);
    Step step{.answers = {}, .done = true};
    step.answers.push_back(answer ? std::move(answer->body) : errors_body(answer.error()));
    co_return step;
  }

 private:
  Analytics& analytics_;
  std::string app_;
  graphql::Request request_;
};

class Feed final : public LiveQuery {
 public:
  Feed(Analytics& analytics, std::string app, Prepared prepared, bool overview)
      : analytics_(analytics), app_(std::move(app)), prepared_(std::move(prepared)), overview_(overview) {}

  Task<Step> step(SteadyTime now) override {
    Step step;
    if (now < next_) co_return step;
    next_ = now + (overview_ ? kOverviewPace : kSeriesPace);
    auto query = co_await analytics_.begin(app_);
    if (!query) co_return step;  // a store that does not answer now may answer later
    Commits commits = commits_of(query->states);
    const bool same = commits == commits_ && query->now < valid_before_;
    if (same) co_return step;
    commits_ = std::move(commits);

    AnswerContext context{.query = *query};
    graphql::Response response = co_await analytics_.engine().execute_event(prepared_, {}, &context);
    valid_before_ = context.query.valid_before;
    if (context.bucket_start != bucket_ && !last_.empty()) {
      // The bucket before is over: its last value, if that has not been sent.
      AnswerContext past{.query = *query, .at = bucket_};
      graphql::Response closed = co_await analytics_.engine().execute_event(prepared_, {}, &past);
      if (closed.body != last_) step.answers.push_back(std::move(closed.body));
    }
    bucket_ = context.bucket_start;
    if (response.body != last_) step.answers.push_back(response.body);
    last_ = std::move(response.body);
    co_return step;
  }

 private:
  Analytics& analytics_;
  std::string app_;
  Prepared prepared_;
  bool overview_;
  SteadyTime next_{};
  Commits commits_;
  UnixMillis valid_before_ = 0;
  UnixMillis bucket_ = 0;
  std::string last_;
};

}  // namespace

Task<StartedQuery> start_live(Analytics& analytics, Principal who, graphql::Request request) {
  StartedQuery started;
  auto prepared = analytics.engine().prepare(request);
  if (!prepared) {
    started.errors = prepared.error().errors_json();
    co_return started;
  }
  if (prepared->kind() != OperationKind::kSubscription) {
    started.live = std::make_unique<OneAnswer>(analytics, who.app, std::move(request));
    co_return started;
  }
  // A subscription that fails at once is refused, not kept.
  auto query = co_await analytics.begin(who.app);
  if (!query) {
    started.errors = errors_of(errors_body(query.error()));
    co_return started;
  }
  AnswerContext context{.query = std::move(*query)};
  const graphql::Response first = co_await analytics.engine().execute_event(*prepared, {}, &context);
  if (first.data_null) {
    started.errors = errors_of(first.body);
    co_return started;
  }
  const bool overview = context.bucket_start == 0;
  started.live = std::make_unique<Feed>(analytics, who.app, std::move(*prepared), overview);
  co_return started;
}

}  // namespace gamekeeper::analytics
