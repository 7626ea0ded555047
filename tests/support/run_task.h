#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "base/task.h"

namespace gamekeeper::test {

/// Runs a task to its end on an io_context of its own, on the calling thread; what it throws is thrown here.
template <class T>
T run(Task<T> task) {
  asio::io_context context{1};
  std::exception_ptr failure;
  std::optional<T> value;
  asio::co_spawn(context.get_executor(), std::move(task), [&](std::exception_ptr error, T result) {
    failure = error;
    if (!error) value.emplace(std::move(result));
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(value).value();
}

inline void run(Task<void> task) {
  asio::io_context context{1};
  std::exception_ptr failure;
  asio::co_spawn(context.get_executor(), std::move(task), [&](std::exception_ptr error) { failure = error; });
  context.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace gamekeeper::test
