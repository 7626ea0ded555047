#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace gamekeeper::net {

/// What routes share: JSON bodies in, pages out. All errors are kInvalid and name the field.

std::unexpected<Error> invalid(std::string code, std::string message, std::string field, std::string limit = {});

/// A text as an object. Numbers beyond a double's range are refused, for they can't be written again: what was stored with
/// one could never be read; and a key that stands twice in one object, at any depth, for nobody can tell which was meant.
/// Errors: `bad_json` (field: `body`), `number_out_of_range`, `duplicate_field` (field: where).
Result<boost::json::object> read_object(std::string_view text, size_t depth_max = 32);
/// The body as an object that has no other fields than `known`; an absent body is an empty object.
/// Errors: those of read_object, `unknown_field`.
Result<boost::json::object> object_body(const Request& request, std::initializer_list<std::string_view> known);
/// A string that must be there. Errors: `required`, `bad_type`.
Result<std::string> text_field(const boost::json::object& body, std::string_view name);
/// The same, where absent and null are nothing.
Result<std::optional<std::string>> optional_text_field(const boost::json::object& body, std::string_view name);
/// An object, where absent and null are nothing.
Result<std::optional<boost::json::object>> optional_object_field(const boost::json::object& body,
                                                                 std::string_view name);
/// A number in [least, most], where absent leaves `to` as it is; `to` is an int, int64_t or double. Errors: `bad_type`,
/// `bad_value`, with the range as their limit.
template <class Number>
Result<void> take_number(const boost::json::object& body, std::string_view name, double least, double most, Number& to);
/// The query's `limit`: 1 to 1000, 50 when absent. Errors: `bad_limit`.
Result<uint32_t> page_limit(const Request& request);
/// The query's `name` as one of a few words, by `read` (text → optional); nothing when it is absent. Errors: `bad_value`
/// with the words as its limit.
template <class Read>
Result<std::invoke_result_t<Read, std::string_view>> word_param(const Request& request, std::string_view name,
                                                                Read read, std::string words) {
  const std::string text = request.query_param(name);
  std::invoke_result_t<Read, std::string_view> word;
  if (text.empty()) return word;
  word = read(text);
  if (!word) return invalid("bad_value", "There is no such " + std::string(name) + ".", std::string(name), words);
  return word;
}
std::string json_text(const boost::json::object& object);
inline std::string json_text(std::string json) { return json; }
/// {"items": […], "next_cursor": … or null}, from items that are JSON already.
Response page_of(const std::vector<std::string>& items, std::string_view next_cursor);
/// The same from a page {items, next_cursor}, or its error. `show` makes an object of an item, or a text that is JSON.
template <class Page, class Show>
Result<Response> page_of(const Result<Page>& page, Show show) {
  if (!page) return std::unexpected(page.error());
  std::vector<std::string> items;
  for (const auto& item : page->items) items.push_back(json_text(show(item)));
  return page_of(items, page->next_cursor);
}
/// One page of a list that is held whole, in its order; member `id` of each item is its own and marks the place: the cursor
/// stands for the last item that was shown, so that items that come or go elsewhere move nothing. Errors: `bad_limit`, `bad_cursor`.
Result<Response> page_of_whole(boost::json::array items, std::string_view id, const Request& request);

/// Code points of a text that is known to be UTF-8.
size_t code_points(std::string_view text);

}  // namespace gamekeeper::net
