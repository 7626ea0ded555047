#pragma once

#include <string_view>

namespace gamekeeper {

/// Whether `code` is an alphabetic code of ISO 4217: those in force, and those withdrawn since 2010 (events of the past).
/// Capital letters only.
bool is_currency(std::string_view code);

}  // namespace gamekeeper
