#include "play/friends/presence_book.h"

namespace gamekeeper::play {

void PresenceBook::arrive(const PlayerName& who) {
  std::lock_guard lock(mutex_);
  Entry& entry = here_[who];
  if (entry.sockets++ == 0 && !entry.is_written) came_.push_back(who);
}

void PresenceBook::leave(const PlayerName& who, UnixMillis now) {
  std::lock_guard lock(mutex_);
  const auto found = here_.find(who);
  if (found == here_.end() || found->second.sockets == 0 || --found->second.sockets > 0) return;
  found->second.left_at = now;
  went_.emplace_back(now, who);
}

void PresenceBook::note(const PlayerName& who) {
  std::lock_guard lock(mutex_);
  if (noted_.size() < kNotedMax) noted_.insert(who);
}

std::vector<PresenceBook::Due> PresenceBook::take_due(UnixMillis now, size_t max) {
  std::lock_guard lock(mutex_);
  std::vector<Due> out;
  while (out.size() < max && !came_.empty()) {
    const auto found = here_.find(came_.front());
    if (found != here_.end() && !found->second.is_written) {
      found->second.is_written = true;
      out.push_back({.who = found->first, .seated = true});
    }
    came_.pop_front();
  }
  if (!out.empty()) return out;  // nobody comes and goes in one batch, which writes each document once
  while (out.size() < max && !went_.empty() && went_.front().first + linger_ms_ <= now) {
    const auto found = here_.find(went_.front().second);
    if (found != here_.end() && found->second.sockets == 0 && found->second.left_at == went_.front().first) {
      if (found->second.is_written) out.push_back({.who = found->first, .at = found->second.left_at});
      here_.erase(found);
    }
    went_.pop_front();
  }
  return out;
}

void PresenceBook::put_back(const Due& due) {
  std::lock_guard lock(mutex_);
  const auto found = here_.find(due.who);
  if (due.seated) {
    if (found == here_.end() || !found->second.is_written) return;
    found->second.is_written = false;
    came_.push_back(due.who);
  } else if (found == here_.end()) {
    here_[due.who] = {.left_at = due.at, .is_written = true};
    went_.emplace_front(due.at, due.who);
  }  // else they have come back meanwhile: the seat is taken again
}

std::vector<PlayerName> PresenceBook::take_noted(size_t max) {
  std::lock_guard lock(mutex_);
  std::vector<PlayerName> out;
  while (out.size() < max && !noted_.empty()) out.push_back(std::move(noted_.extract(noted_.begin()).value()));
  return out;
}

void PresenceBook::forget_written() {
  std::lock_guard lock(mutex_);
  for (auto& [who, entry] : here_) {
    if (!entry.is_written) continue;
    entry.is_written = false;
    came_.push_back(who);
  }
}

std::vector<PresenceBook::Due> PresenceBook::take_all(UnixMillis now) {
  std::lock_guard lock(mutex_);
  std::vector<Due> out;
  for (const auto& [who, entry] : here_) {
    if (entry.is_written) out.push_back({.who = who, .at = entry.sockets > 0 ? now : entry.left_at});
  }
  here_.clear();
  return out;
}

bool PresenceBook::is_here(const PlayerName& who) const {
  std::lock_guard lock(mutex_);
  return here_.contains(who);
}

bool PresenceBook::is_empty() const {
  std::lock_guard lock(mutex_);
  return here_.empty();
}

}  // namespace gamekeeper::play
