#include "play/notifications/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <functional>

#include "net/json_body.h"
#include "play/notifications/preferences.h"

namespace gamekeeper::play {
namespace {

namespace json = boost::json;

constexpr size_t kLocalesMax = 50;

/// Calls `text` and `variable` for the parts of a template, in order. False: a `{{` without its end.
bool walk(std::string_view words, const std::function<void(std::string_view)>& text,
          const std::function<void(std::string_view)>& variable) {
  for (;;) {
    const size_t open = words.find("{{");
    text(words.substr(0, open));
    if (open == words.npos) return true;
    const size_t close = words.find("}}", open + 2);
    if (close == words.npos) return false;
    variable(words.substr(open + 2, close - open - 2));
    words = words.substr(close + 2);
  }
}

std::string cut(std::string text, size_t characters) {
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] & 0xC0) == 0x80) continue;  // inside a character
    if (seen++ == characters) {
      text.resize(i);
      break;
    }
  }
  return text;
}

std::string text_of_value(const json::value* value) {
  if (!value) return {};
  std::string text;
  if (value->is_string()) {
    text = value->as_string();
  } else if (value->is_double()) {
    text = fmt::format("{:.6g}", value->as_double());
  } else if (value->is_number() || value->is_bool()) {
    text = json::serialize(*value);
  }
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return text;
}

std::string put_in(std::string_view words, const json::object& variables, size_t characters) {
  std::string out;
  walk(
      words, [&](std::string_view text) { out += text; },
      [&](std::string_view name) { out += text_of_value(variables.if_contains(name)); });
  return cut(std::move(out), characters);
}

Result<void> check_words(std::string_view words, const std::vector<std::string>& known, const std::string& field) {
  std::string unknown;
  const bool whole = walk(
      words, [](std::string_view) {},
      [&](std::string_view name) {
        if (unknown.empty() && std::ranges::find(known, name) == known.end()) unknown = name;
      });
  if (!whole) return net::invalid("bad_template", "A `{{` has no end.", field);
  if (unknown.empty()) return {};
  return net::invalid("unknown_variable", fmt::format("There is no variable {{{{{}}}}} here.", unknown), field,
                      fmt::format("{}", fmt::join(known, ", ")));
}

const Wording* find_locale(const Wordings& wordings, std::string_view locale) {
  if (const auto exact = wordings.find(locale); exact != wordings.end()) return &exact->second;
  const auto language = wordings.find(locale.substr(0, locale.find('-')));
  return language == wordings.end() ? nullptr : &language->second;
}

}  // namespace

Wording render(const Wording& wording, const json::object& variables) {
  return {put_in(wording.title, variables, kTitleMax), put_in(wording.body, variables, kBodyMax)};
}

Result<void> check_wordings(const Wordings& wordings, const std::vector<std::string>& known, const std::string& field) {
  if (wordings.empty() || wordings.size() > kLocalesMax)
    return net::invalid("bad_value", "There are words in 1 to 50 languages.", field, "1 to 50");
  for (const auto& [locale, words] : wordings) {
    const std::string at = field + "." + locale;
    if (auto ok = check_locale(locale, at); !ok) return ok;
    const size_t title = net::code_points(words.title);
    if (title == 0 || title > kTitleMax)
      return net::invalid("bad_length", "A title has 1 to 200 characters.", at + ".title", "1 to 200 characters");
    if (net::code_points(words.body) > kBodyMax)
      return net::invalid("bad_length", "A body has at most 4000 characters.", at + ".body", "4000 characters");
    if (words.title.find_first_of("\r\n") != words.title.npos)
      return net::invalid("bad_text", "A title is one line.", at + ".title");
    if (auto ok = check_words(words.title, known, at + ".title"); !ok) return ok;
    if (auto ok = check_words(words.body, known, at + ".body"); !ok) return ok;
  }
  return {};
}

const Wording& wording_for(const Wordings& wordings, std::string_view locale, std::string_view fallback) {
  for (const std::string_view wanted : {locale, fallback, std::string_view("en")}) {
    if (wanted.empty()) continue;
    if (const Wording* found = find_locale(wordings, wanted)) return *found;
  }
  return wordings.begin()->second;
}

Result<Wordings> wordings_of(const json::object& object, const std::string& field) {
  Wordings out;
  for (const auto& [locale, value] : object) {
    const std::string at = field + "." + std::string(locale);
    if (!value.is_object()) return net::invalid("bad_type", "Words are an object.", at, "{title, body}");
    Wording words;
    for (const auto& [name, text] : value.as_object()) {
      if (name != "title" && name != "body")
        return net::invalid("unknown_field", "Words have `title` and `body`.", at + "." + std::string(name));
      if (!text.is_string())
        return net::invalid("bad_type", "The field must be a string.", at + "." + std::string(name), "string");
      (name == "title" ? words.title : words.body) = text.as_string();
    }
    out.emplace(locale, std::move(words));
  }
  return out;
}

json::object show(const Wordings& wordings) {
  json::object out;
  for (const auto& [locale, words] : wordings) out[locale] = json::object{{"title", words.title}, {"body", words.body}};
  return out;
}

}  // namespace gamekeeper::play
