#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "net/router.h"

namespace gamekeeper::operate {

/// This program's API as OpenAPI 3.1 and as a page. Paths, methods, summaries and who may call come from the router, so
/// that they cannot differ from the binary; bodies, parameters and codes of refusals from api_parts.json. A route that
/// stands in no part has an operation without operationId: the tests refuse that.
///
/// Made when first asked for, when the router is full; thread-safe. `router` must outlive it.
class ApiDocument {
 public:
  explicit ApiDocument(const net::Router& router) : router_(router) {}
  const std::string& json();
  /// HTML without scripts.
  const std::string& page();

 private:
  void make();
  const net::Router& router_;
  std::once_flag once_;
  std::string json_, page_;
};

/// api_parts.json, as it was when the program was built.
std::string_view api_parts();

}  // namespace gamekeeper::operate
