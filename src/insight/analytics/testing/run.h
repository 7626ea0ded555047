#pragma once

#include <exception>
#include <optional>

#include "base/task.h"

namespace gamekeeper::analytics::testing {

/// Runs one task to its end on a thread of its own context.
template <class T>
T run(Task<T> task) {
  asio::io_context context;
  std::optional<T> result;
  std::exception_ptr failure;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T value) {
    failure = error;
    result.emplace(std::move(value));
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

inline void run(Task<void> task) {
  asio::io_context context;
  std::exception_ptr failure;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr error) { failure = error; });
  context.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace gamekeeper::analytics::testing
