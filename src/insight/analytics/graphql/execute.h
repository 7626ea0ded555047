#pragma once

#include <string>

#include "insight/analytics/graphql/plan.h"

namespace gamekeeper::graphql {

struct Execution {
  const Schema& schema;
  const Document& document;
  const OperationNode& operation;
  const Variables& variables;
  void* context;
  size_t errors_max = 100;  // further ones are dropped
};

struct Executed {
  std::string body;  // {"data":…} or {"data":…,"errors":[…]}
  size_t errors = 0;
  bool data_null = false;
};

/// Runs a query or mutation from its root. Sibling fields with asynchronous resolvers run concurrently, a
/// mutation's root fields and the items of a list one after the other. Everything referred to must outlive
/// the task.
Task<Executed> execute_operation(Execution execution);

/// Runs a subscription's selection for one event. The root field's value is `event`, unless the field has a
/// resolver, which then finds `event` as its parent.
Task<Executed> execute_event(Execution execution, Value event);

}  // namespace gamekeeper::graphql
