#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gamekeeper::net {

/// Equality of ASCII text without case, as HTTP compares names and tokens.
bool same_text(std::string_view a, std::string_view b);
/// Without spaces and tabs at either end.
std::string_view trim(std::string_view text);
/// %XX decoded; '+' as a space when `plus` (queries). An escape that is none stays as it is.
std::string decode_percent(std::string_view text, bool plus);
/// Calls `visit(element)` for each non-empty element of a comma-separated header value, trimmed.
template <class Visit>
void each_element(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view element = trim(list.substr(0, comma));
    if (!element.empty()) visit(element);
    if (comma == list.npos) return;
    list.remove_prefix(comma + 1);
  }
}
/// "Not Found" for 404; "Unknown" for a status that has no name.
std::string_view reason_phrase(int status);
std::string_view method_name(int method_index);
bool is_utf8(std::string_view text);

}  // namespace gamekeeper::net
