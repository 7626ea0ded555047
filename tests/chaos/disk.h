#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/chaos/syscalls.h"

namespace gamekeeper::chaos {

/// How much of what was never synced a power loss leaves.
enum class Remains : uint8_t { kNothing, kSome, kAll };

struct PowerPlan {
  uint64_t off_at = UINT64_MAX;      // the number of the changing call in whose midst the power goes, from 1
  Remains remains = Remains::kSome;
  bool ignore_syncs = false;         // a disk that lies
};

/// A disk with a cache that power loss empties. Contents are durable by 4 KiB pages once their file is synced; makings,
/// renames and removals once their folder is. When the power goes, pages that were not synced stay, go, or tear at a
/// 512-byte edge, changes of names stay or go, and every later call fails.
class Disk final : public Watch {
 public:
  Disk(std::string root, PowerPlan plan, uint64_t seed);

  Verdict before(Call call, const std::string& path) override;
  void opened(const std::string& path, int fd, bool created, bool truncated) override;
  void closed(int fd) override;
  void written(int fd, uint64_t offset, std::string_view bytes) override;
  void truncated(int fd, uint64_t bytes) override;
  void synced(int fd) override;
  void unlinked(const std::string& path) override;
  void renamed(const std::string& from, const std::string& to) override;
  void made_folder(const std::string& path) override;

  bool off() const { return off_; }
  uint64_t calls() const { return calls_; }
  /// Cuts the power now, if it is still on.
  void cut();
  /// Cuts it at the next changing call. Safe from any thread, unlike cut(), which nothing may be at work beside.
  void cut_soon() { cut_soon_ = true; }
  /// What is found after the power has come back, written to `folder`. Only after the watch has ended.
  void leave(const std::string& folder) const;

 private:
  struct Node {
    bool folder = false;
    std::string live, durable;
    std::set<uint64_t> dirty;  // pages that differ or might
  };
  using NodePtr = std::shared_ptr<Node>;
  using Names = std::map<std::string, NodePtr>;
  struct Change {  // of names: all of it or none
    std::vector<std::pair<std::string, NodePtr>> names;
  };

  void change(Change change);
  static void apply(Names& names, const Change& change);
  std::string content_left(const Node& node);

  std::string root_;
  PowerPlan plan_;
  std::mt19937_64 random_;
  uint64_t calls_ = 0;
  bool off_ = false;
  std::atomic<bool> cut_soon_ = false;
  Names live_, durable_;
  std::vector<Change> pending_;
  std::map<int, std::pair<std::string, NodePtr>> open_;
  std::map<std::string, std::pair<bool, std::string>> left_;  // path → folder?, content
};

}  // namespace gamekeeper::chaos
