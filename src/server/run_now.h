#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "base/task.h"

namespace gamekeeper::server {

/// Runs a task to its end on the calling thread: for start-up and for commands, never while serving.
template <class T>
T run_now(Task<T> task) {
  asio::io_context context{1};
  std::exception_ptr failure;
  std::optional<T> value;
  asio::co_spawn(context.get_executor(), std::move(task), [&](std::exception_ptr error, T result) {
    failure = error;
    if (!error) value.emplace(std::move(result));
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*value);
}

}  // namespace gamekeeper::server
