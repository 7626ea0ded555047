#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gamekeeper::play {

/// The words of a notification in one language; `{{name}}` stands for a variable.
struct Wording {
  std::string title, body;
  bool operator==(const Wording&) const = default;
};

using Wordings = std::map<std::string, Wording, std::less<>>;  // by locale

inline constexpr size_t kTitleMax = 200, kBodyMax = 4000;  // characters, before and after variables are put in

/// Puts the variables in, once: what a value holds is text, never a template. Values are texts, numbers or true and false;
/// what is absent is nothing. Control characters of values become spaces, so that a value cannot begin a new line. Cut to
/// kTitleMax and kBodyMax.
Wording render(const Wording& wording, const boost::json::object& variables);

/// Every wording has a title and no variable but those of `known`; locales are language tags. Errors: kInvalid
/// `unknown_variable` and others, with a field under `field`.
Result<void> check_wordings(const Wordings& wordings, const std::vector<std::string>& known, const std::string& field);

/// The wording for a reader: of the locale, else of its language, else of `fallback` in the same way, else English, else
/// the first. There is at least one.
const Wording& wording_for(const Wordings& wordings, std::string_view locale, std::string_view fallback);

/// {locale: {title, body}}. Errors: kInvalid, with a field under `field`.
Result<Wordings> wordings_of(const boost::json::object& object, const std::string& field);
boost::json::object show(const Wordings& wordings);

}  // namespace gamekeeper::play
