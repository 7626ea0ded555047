#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace gamekeeper::operate {

/// An OpenAPI document as HTML: routes by tag with their bodies and answers, then schemas, then the codes of problems.
std::string api_page(const boost::json::object& document);

}  // namespace gamekeeper::operate
