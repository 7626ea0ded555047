#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gamekeeper::gate {

/// One text for all spellings of a JSON document: no white space, members by name (bytes), one spelling of every number
/// (1, 1.0 and 1e0 are one) and of every character. Two documents are the same when their texts are. After RFC 8785, but
/// that 64-bit whole numbers stay exact. nullopt when the text is no JSON, or deeper than 32.
std::optional<std::string> canonical_json(std::string_view text);

}  // namespace gamekeeper::gate
