#pragma once

#include <string>

#include "net/router.h"

namespace gamekeeper::operate {

/// OpenAPI 3.1 of all routes: made from the router, so that document and binary cannot differ.
std::string openapi(const net::Router& router);
/// The same as a page of HTML without scripts.
std::string docs_page(const net::Router& router);

}  // namespace gamekeeper::operate
