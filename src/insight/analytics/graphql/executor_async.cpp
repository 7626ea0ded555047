#include "insight/analytics/graphql/executor.h"

namespace gamekeeper::graphql {

Task<Executor::Resolved> Executor::resolve_async(PlannedField& field, const Value& parent, const Path& path) {
  ResolveInfo about = info(field, parent, path);
  try {
    co_return co_await field.definition->resolver(about);
  } catch (const std::exception&) {
    co_return gamekeeper::fail(ErrorKind::kInternal, std::string(kInternalCode), "Internal error.");
  }
}

namespace {

Task<void> store(Task<Result<Value>> task, std::optional<Result<Value>>& slot) { slot = co_await std::move(task); }

}  // namespace

/// Starts all asynchronous resolvers of an object and waits for every one of them.
Task<void> Executor::fetch(Plan& plan, const Value& parent, const Path* path,
                           std::vector<std::optional<Resolved>>& out) {
  std::vector<Path> paths;
  paths.reserve(plan.fields.size());
  for (const PlannedField& field : plan.fields) paths.push_back({path, field.key});
  Future<bool> all;
  Promise<bool> done(all);
  size_t left = 0;
  std::exception_ptr failure;
  for (const PlannedField& field : plan.fields) left += field.definition->resolver && field.arguments;
  if (left == 0) co_return;
  auto executor = co_await asio::this_coro::executor;
  for (size_t i = 0; i < plan.fields.size(); ++i) {
    PlannedField& field = plan.fields[i];
    if (!field.definition->resolver || !field.arguments) continue;
    asio::co_spawn(executor, store(resolve_async(field, parent, paths[i]), out[i]), [&](std::exception_ptr error) {
      if (error) failure = error;
      if (--left == 0) done.set(true);
    });
  }
  co_await all.get();
  if (failure) std::rethrow_exception(failure);
}

Task<bool> Executor::write_object_async(Plan& plan, const Value& parent, const Path* path, bool serial) {
  size_t resolvers = 0;
  for (const PlannedField& field : plan.fields) resolvers += field.definition->resolver ? 1 : 0;
  std::vector<std::optional<Resolved>> fetched(plan.fields.size());
  if (resolvers > 1 && !serial) co_await fetch(plan, parent, path, fetched);
  out_ += '{';
  for (size_t i = 0; i < plan.fields.size(); ++i) {
    PlannedField& field = plan.fields[i];
    if (i) out_ += ',';
    out_ += field.json_key;
    Path here{path, field.key};
    bool ok = field.awaits ? co_await write_field_async(field, *plan.type, parent, here, fetched[i])
                           : write_field(field, *plan.type, parent, here);
    if (!ok) co_return false;
  }
  out_ += '}';
  co_return true;
}

Task<bool> Executor::write_field_async(PlannedField& field, const NamedType& type, const Value& parent,
                                       const Path& path, std::optional<Resolved>& fetched) {
  const FieldDef& definition = *field.definition;
  if (!arguments_fit(field, path)) co_return null_or_up(*definition.type);
  Resolved value;
  if (fetched)
    value = std::move(*fetched);
  else if (definition.resolver)
    value = co_await resolve_async(field, parent, path);
  else if (definition.sync_resolver)
    value = resolve_sync(field, parent, path);
  else
    value = property(field, parent);
  if (!value || !definition.type->named->may_await) co_return write_resolved(field, value, path);
  co_return co_await complete_async(*definition.type, field, *value, path);
}

Task<bool> Executor::complete_async(const Type& type, PlannedField& field, const Value& value, const Path& path) {
  if (value.is_null() || !type.named->may_await) co_return complete(type, field, value, path);
  size_t mark = out_.size();
  co_return settle(co_await complete_inner_async(type.nullable(), field, value, path), type, mark);
}

Task<bool> Executor::complete_inner_async(const Type& type, PlannedField& field, const Value& value, const Path& path) {
  if (type.kind == Type::Kind::kList) co_return co_await complete_list_async(type, field, value, path);
  const NamedType* object = object_type(field, value, path);
  if (!object) co_return false;
  Plan& plan = planner_.below(field, *object);
  if (!plan.awaits) co_return write_object(plan, value, &path);
  co_return co_await write_object_async(plan, value, &path, false);
}

Task<bool> Executor::complete_list_async(const Type& type, PlannedField& field, const Value& value, const Path& path) {
  const Table* table = value.as_table();
  const List* items = value.as_list();
  if (!table && !items) co_return complete_list(type, field, value, path);
  size_t count = table ? table->rows() : items->size();
  out_ += '[';
  for (size_t i = 0; i < count; ++i) {
    if (i) out_ += ',';
    Value item = table ? row_object(*table, i) : (*items)[i];
    Path here{&path, {}, static_cast<int64_t>(i)};
    if (!co_await complete_async(*type.of, field, item, here)) co_return false;
  }
  out_ += ']';
  co_return true;
}

}  // namespace gamekeeper::graphql
