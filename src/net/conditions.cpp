#include "net/conditions.h"

#include <charconv>
#include <system_error>

#include "net/text.h"

namespace gamekeeper::net {
namespace {

/// Calls `visit(tag, is_weak)` for each ETag of the list, the tag with its quotes; false when it is no list of ETags. Commas
/// may stand within a tag.
template <class Visit>
bool each_tag(std::string_view list, Visit visit) {
  while (!(list = trim(list)).empty()) {
    if (list.front() == ',') {
      list.remove_prefix(1);
      continue;
    }
    const bool is_weak = list.starts_with("W/");
    if (is_weak) list.remove_prefix(2);
    const size_t end = list.starts_with('"') ? list.find('"', 1) : list.npos;
    if (end == list.npos) return false;
    visit(list.substr(0, end + 1), is_weak);
    list = trim(list.substr(end + 1));
    if (!list.empty() && list.front() != ',') return false;
  }
  return true;
}

/// The version in "7"; nothing when it is another's ETag.
std::optional<uint64_t> version_in(std::string_view tag) {
  tag = tag.substr(1, tag.size() - 2);
  uint64_t version = 0;
  const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
  return error == std::errc{} && tag == std::to_string(version) ? std::optional(version) : std::nullopt;
}

}  // namespace

Result<IfMatch> if_match_of(const RequestHead& request) {
  std::vector<uint64_t> versions;
  bool is_there = false, is_star = false;
  for (const HeaderView& header : request.headers) {
    if (!same_text(header.name, "If-Match")) continue;
    const std::string_view list = trim(header.value);
    const bool well = list == "*" ? (is_star = true) : !list.empty() && each_tag(list, [&](auto tag, bool is_weak) {
      const auto version = version_in(tag);
      if (version && !is_weak) versions.push_back(*version);
    });
    if (!well)
      return fail(ErrorKind::kInvalid, "bad_header", "If-Match holds ETags as they were given, or *.", "If-Match",
                  "\"version\"");
    is_there = true;
  }
  if (is_star) return IfMatch::there();
  return is_there ? IfMatch(std::move(versions)) : IfMatch();
}

bool is_unchanged(const RequestHead& request, const Response& response) {
  if (response.status != 200 || !response.etag_covers_body ||
      (request.method != Method::kGet && request.method != Method::kHead))
    return false;
  const auto own = std::ranges::find(response.headers, "ETag", &std::pair<std::string, std::string>::first);
  if (own == response.headers.end()) return false;
  bool is_named = false;
  for (const HeaderView& header : request.headers) {
    if (!same_text(header.name, "If-None-Match")) continue;
    if (trim(header.value) == "*") return true;
    each_tag(header.value, [&](auto tag, bool) { is_named |= tag == own->second; });
  }
  return is_named;
}

}  // namespace gamekeeper::net
