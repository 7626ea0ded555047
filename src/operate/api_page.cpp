#include "operate/api_page.h"

#include <boost/json.hpp>
#include <string_view>

namespace gamekeeper::operate {
namespace {

namespace json = boost::json;

constexpr const char* kHead =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
    "content=\"width=device-width\"><title>Gamekeeper API</title>"
    "<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem "
    "auto;padding:0 1rem}"
    "article{border-top:1px solid #8884;padding:.75rem "
    "0}h3{margin:0;font-size:1rem}code{overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid "
    "#8884}pre{overflow-x:auto;white-space:pre-wrap}"
    ".who{opacity:.75}</style></head><body><h1>Gamekeeper API</h1>";

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string_view words_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string_view(value->as_string()) : std::string_view();
}

std::string joined(const json::value* list) {
  std::string out;
  if (!list || !list->is_array()) return out;
  for (const json::value& item : list->as_array()) {
    if (!out.empty()) out += ", ";
    out += item.is_string() ? escaped(std::string_view(item.as_string())) : json::serialize(item);
  }
  return out;
}

/// A schema in a few words: the name of what it refers to (as a link), or its text.
std::string schema_text(const json::value& schema) {
  const json::object* object = schema.if_object();
  if (!object) return "";
  const std::string_view target = words_of(*object, "$ref");
  if (!target.empty()) {
    const std::string name(target.substr(target.rfind('/') + 1));
    return "<a href=\"#" + name + "\">" + name + "</a>";
  }
  return "<code>" + escaped(json::serialize(schema)) + "</code>";
}

std::string content_text(const json::object& holder) {
  std::string out;
  const json::value* content = holder.if_contains("content");
  if (!content) return out;
  for (const auto& [type, media] : content->as_object()) {
    const json::value* schema = media.as_object().if_contains("schema");
    out += "<br><code>" + escaped(type) + "</code> " + (schema ? schema_text(*schema) : "");
  }
  return out;
}

std::string operation_text(std::string_view method, std::string_view path, const json::object& operation) {
  std::string verb(method);
  for (char& c : verb) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::string out = "<article id=\"" + escaped(words_of(operation, "operationId")) + "\"><h3><code>" + verb + " " +
                    escaped(path) + "</code></h3><p>" + escaped(words_of(operation, "summary")) +
                    " <span class=\"who\">For: " + joined(operation.if_contains("x-who-may-call")) + ".</span></p>";
  if (const json::value* body = operation.if_contains("requestBody"))
    out += "<p>Body:" + content_text(body->as_object()) + "</p>";
  out += "<table><tbody>";
  for (const auto& [status, response] : operation.at("responses").as_object()) {
    if (status == "default") continue;
    out += "<tr><td>" + std::string(status) + "</td><td>" + escaped(words_of(response.as_object(), "description")) +
           (status.starts_with('2') ? content_text(response.as_object()) : "") + "</td></tr>";
  }
  return out + "</tbody></table></article>";
}

std::string operations_of(std::string_view tag, const json::object& paths) {
  std::string out;
  for (const auto& [path, methods] : paths) {
    for (const auto& [method, operation] : methods.as_object()) {
      const json::value* tags = operation.as_object().if_contains("tags");
      const bool mine = tags ? tags->as_array().at(0).as_string() == tag : tag.empty();
      if (mine) out += operation_text(method, path, operation.as_object());
    }
  }
  return out;
}

std::string problems_of(const json::object& problems) {
  std::string out =
      "<h2 id=\"problems\">Codes of "
      "refusals</h2><table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>";
  for (const auto& [code, about] : problems) {
    out += "<tr id=\"problem-" + escaped(code) + "\"><td><code>" + escaped(code) + "</code></td><td>" +
           joined(about.as_object().if_contains("status")) + "</td><td>" +
           escaped(words_of(about.as_object(), "what")) + "</td></tr>";
  }
  return out + "</tbody></table>";
}

}  // namespace

std::string api_page(const json::object& document) {
  const json::object& paths = document.at("paths").as_object();
  std::string out = kHead;
  out += "<p>" + escaped(words_of(document.at("info").as_object(), "description")) +
         "</p><p>The same for programs: <a href=\"/openapi.json\">/openapi.json</a>. Version " +
         escaped(words_of(document.at("info").as_object(), "version")) + ".</p>";
  for (const json::value& tag : document.at("tags").as_array()) {
    const std::string list = operations_of(words_of(tag.as_object(), "name"), paths);
    if (list.empty()) continue;
    out += "<h2>" + escaped(words_of(tag.as_object(), "description")) + "</h2>" + list;
  }
  out += operations_of("", paths);
  out += "<h2>Schemas</h2>";
  for (const auto& [name, schema] : document.at("components").at("schemas").as_object()) {
    out += "<article id=\"" + escaped(name) + "\"><h3>" + escaped(name) + "</h3><pre>" +
           escaped(json::serialize(schema)) + "</pre></article>";
  }
  return out + problems_of(document.at("x-problems").as_object()) + "</body></html>\n";
}

}  // namespace gamekeeper::operate
