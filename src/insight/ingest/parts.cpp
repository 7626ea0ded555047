#include "insight/ingest/parts.h"

namespace gamekeeper::ingest {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

char closing(char open) { return open == '{' ? '}' : open == '[' ? ']' : '\0'; }

}  // namespace

Parts::Parts(std::string_view text) : text_(text) {
  skip_space();
  if (at_ == text_.size()) return;
  close_ = closing(text_[at_]);
  ++at_;
}

void Parts::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

bool Parts::take(char c) {
  skip_space();
  if (at_ == text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

std::optional<Parts::Part> Parts::next() {
  if (close_ == 0) return std::nullopt;
  if (first_ && take(close_)) return end();
  first_ = false;
  Part part;
  skip_space();
  if (close_ == '}') {
    const size_t start = at_;
    if (!skip_text()) return broken();
    part.key = text_.substr(start + 1, at_ - start - 2);
    if (!take(':')) return broken();
    skip_space();
  }
  const size_t start = at_;
  if (!skip_value()) return broken();
  part.value = text_.substr(start, at_ - start);
  if (take(',')) return part;
  if (!take(close_)) return broken();
  end();
  return part;
}

std::nullopt_t Parts::end() {
  skip_space();
  whole_ = at_ == text_.size();
  close_ = 0;
  return std::nullopt;
}

std::nullopt_t Parts::broken() {
  close_ = 0;
  return std::nullopt;
}

/// Past a quoted text; false when there is none, or no end to it.
bool Parts::skip_text() {
  if (at_ == text_.size() || text_[at_] != '"') return false;
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"') return ++at_, true;
    if (text_[at_] == '\\') ++at_;
  }
  at_ = text_.size();
  return false;
}

bool Parts::skip_value() {
  if (at_ == text_.size()) return false;
  if (text_[at_] == '"') return skip_text();
  if (closing(text_[at_]) != 0) return skip_nested();
  const size_t start = at_;
  while (at_ < text_.size() && !is_space(text_[at_]) &&
         std::string_view(",:{}[]\"").find(text_[at_]) == std::string_view::npos)
    ++at_;
  return at_ > start;
}

bool Parts::skip_nested() {
  open_.clear();
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      if (!skip_text()) return false;
      continue;
    }
    ++at_;
    if (const char close = closing(c); close != 0) open_.push_back(close);
    if (c != '}' && c != ']') continue;
    if (open_.back() != c) return false;
    open_.pop_back();
    if (open_.empty()) return true;
  }
  return false;
}

}  // namespace gamekeeper::ingest
