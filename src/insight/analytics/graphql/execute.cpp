#include "insight/analytics/graphql/execute.h"

#include "insight/analytics/graphql/executor.h"
#include "insight/analytics/graphql/json_writer.h"

namespace gamekeeper::graphql {
namespace {

constexpr std::string_view kHead = "{\"data\":";
constexpr size_t kBodyBytesUsual = 4096;

}  // namespace

std::unique_ptr<Plan> Executor::root_plan() const {
  const Schema& schema = execution_.schema;
  const NamedType* root = schema.query();
  if (execution_.operation.kind == OperationKind::kMutation) root = schema.mutation();
  if (execution_.operation.kind == OperationKind::kSubscription) root = schema.subscription();
  return planner_.plan(*root, execution_.operation.selections);
}

Executed Executor::finish(bool has_data) {
  if (!has_data) {
    out_.resize(kHead.size());
    out_ += "null";
  }
  if (!errors_.empty()) {
    out_ += ",\"errors\":";
    append_json_errors(out_, errors_);
  }
  out_ += '}';
  return {std::move(out_), errors_.size(), !has_data};
}

Task<Executed> Executor::run() {
  out_.reserve(kBodyBytesUsual);
  out_ = kHead;
  auto plan = root_plan();
  bool serial = execution_.operation.kind == OperationKind::kMutation;
  Value root;
  bool ok =
      plan->awaits ? co_await write_object_async(*plan, root, nullptr, serial) : write_object(*plan, root, nullptr);
  co_return finish(ok);
}

Task<Executed> Executor::run_event(Value event) {
  out_.reserve(kBodyBytesUsual);
  out_ = kHead;
  auto plan = root_plan();
  bool ok = false;
  if (plan->fields.empty()) {  // skipped by a variable
    out_ += "{}";
    co_return finish(true);
  }
  PlannedField& field = plan->fields.front();
  if (field.resolved()) {
    ok = co_await write_object_async(*plan, event, nullptr, true);
  } else {
    Path path{nullptr, field.key};
    out_ += '{';
    out_ += field.json_key;
    ok = arguments_fit(field, path) ? co_await complete_async(*field.definition->type, field, event, path)
                                    : null_or_up(*field.definition->type);
    out_ += '}';
  }
  co_return finish(ok);
}

Task<Executed> execute_operation(Execution execution) {
  Executor executor(execution);
  co_return co_await executor.run();
}

Task<Executed> execute_event(Execution execution, Value event) {
  Executor executor(execution);
  co_return co_await executor.run_event(std::move(event));
}

}  // namespace gamekeeper::graphql
