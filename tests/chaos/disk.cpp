#include "tests/chaos/disk.h"

#include <errno.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gamekeeper::chaos {
namespace {

constexpr uint64_t kPage = 4096, kSector = 512;

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

Disk::Disk(std::string root, PowerPlan plan, uint64_t seed) : root_(std::move(root)), plan_(plan), random_(seed) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
    auto node = std::make_shared<Node>();
    node->folder = entry.is_directory();
    if (!node->folder) {
      std::ifstream in(entry.path(), std::ios::binary);
      node->live = node->durable = std::string(std::istreambuf_iterator<char>(in), {});
    }
    live_[entry.path().string()] = durable_[entry.path().string()] = node;
  }
}

Verdict Disk::before(Call call, const std::string& path) {
  if (cut_soon_.exchange(false)) plan_.off_at = calls_ + 1;
  if (!off_ && call != Call::kOpen && ++calls_ == plan_.off_at && call != Call::kWrite) cut();
  if (off_) return {.error = EIO};
  return {.skip = true};
}

void Disk::opened(const std::string& path, int fd, bool created, bool truncated) {
  if (created) change({{{path, std::make_shared<Node>()}}});
  auto node = live_.find(path);
  if (node == live_.end()) {  // the root itself
    open_[fd] = {path, nullptr};
    return;
  }
  open_[fd] = {path, node->second};
  if (truncated && !created) this->truncated(fd, 0);
}

void Disk::closed(int fd) { open_.erase(fd); }

void Disk::written(int fd, uint64_t offset, std::string_view bytes) {
  Node& node = *open_.at(fd).second;
  if (node.live.size() < offset + bytes.size()) node.live.resize(offset + bytes.size());
  std::copy(bytes.begin(), bytes.end(), node.live.begin() + static_cast<ptrdiff_t>(offset));
  for (uint64_t page = offset / kPage; page * kPage < offset + bytes.size(); ++page) node.dirty.insert(page);
  if (calls_ == plan_.off_at) cut();  // in the midst of this write: it counts as one of the pages that may stay
}

void Disk::truncated(int fd, uint64_t bytes) {
  Node& node = *open_.at(fd).second;
  node.live.resize(bytes);
  node.dirty.insert(bytes / kPage);
}

void Disk::synced(int fd) {
  if (plan_.ignore_syncs) return;
  auto& [path, node] = open_.at(fd);
  if (node && !node->folder) {
    node->durable.resize(node->live.size());
    for (uint64_t page : node->dirty) {
      const uint64_t from = page * kPage, to = std::min<uint64_t>(from + kPage, node->live.size());
      if (from < to)
        std::copy(node->live.begin() + static_cast<ptrdiff_t>(from), node->live.begin() + static_cast<ptrdiff_t>(to),
                  node->durable.begin() + static_cast<ptrdiff_t>(from));
    }
    node->dirty.clear();
    return;
  }
  std::erase_if(pending_, [&](const Change& each) {
    const bool here = std::any_of(each.names.begin(), each.names.end(),
                                  [&](const auto& name) { return parent_of(name.first) == path; });
    if (here) apply(durable_, each);
    return here;
  });
}

void Disk::unlinked(const std::string& path) { change({{{path, nullptr}}}); }
void Disk::renamed(const std::string& from, const std::string& to) {
  Change move;
  for (const auto& [path, node] : live_) {  // a folder takes with it what is in it
    if (path != from && !path.starts_with(from + "/")) continue;
    move.names.insert(move.names.begin(), {path, nullptr});
    move.names.push_back({to + path.substr(from.size()), node});
  }
  change(std::move(move));
}

void Disk::made_folder(const std::string& path) {
  auto node = std::make_shared<Node>();
  node->folder = true;
  change({{{path, node}}});
}

void Disk::change(Change change) {
  apply(live_, change);
  pending_.push_back(std::move(change));
}

void Disk::apply(Names& names, const Change& change) {
  for (const auto& [path, node] : change.names) {
    if (node)
      names[path] = node;
    else
      names.erase(path);
  }
}

std::string Disk::content_left(const Node& node) {
  if (plan_.remains == Remains::kAll) return node.live;
  std::string out = node.durable;
  if (plan_.remains == Remains::kNothing || node.dirty.empty()) return out;
  if (random_() % 2 == 0) out.resize(node.live.size());
  for (uint64_t page : node.dirty) {
    const uint64_t chance = random_() % 8;
    if (chance < 4) continue;
    const uint64_t from = page * kPage, whole = chance == 7 ? kSector * (1 + random_() % 7) : kPage;
    const uint64_t to = std::min<uint64_t>({from + whole, node.live.size(), out.size()});
    if (from < to)
      std::copy(node.live.begin() + static_cast<ptrdiff_t>(from), node.live.begin() + static_cast<ptrdiff_t>(to),
                out.begin() + static_cast<ptrdiff_t>(from));
  }
  return out;
}

void Disk::cut() {
  if (off_) return;
  off_ = true;
  for (const Change& each : pending_) {
    if (plan_.remains == Remains::kAll || (plan_.remains == Remains::kSome && random_() % 2 == 0))
      apply(durable_, each);
  }
  for (const auto& [path, node] : durable_) left_[path] = {node->folder, node->folder ? "" : content_left(*node)};
}

void Disk::leave(const std::string& folder) const {
  for (const auto& [path, file] : left_) {  // in order: a folder comes before what is in it
    const std::filesystem::path target = folder + path.substr(root_.size());
    if (!std::filesystem::exists(target.parent_path())) continue;
    if (file.first)
      std::filesystem::create_directory(target);
    else
      std::ofstream(target, std::ios::binary) << file.second;
  }
}

}  // namespace gamekeeper::chaos
