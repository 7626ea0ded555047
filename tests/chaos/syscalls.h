#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace gamekeeper::chaos {

enum class Call : uint8_t { kOpen, kCreate, kWrite, kTruncate, kSync, kUnlink, kRename, kMkdir };

/// What a watch says before a call is made: let it pass, or an errno. `bytes` shortens a write; `skip` answers success
/// without asking the kernel (a sync in a test needs no disk).
struct Verdict {
  int error = 0;
  size_t bytes = SIZE_MAX;
  bool skip = false;
};

/// Sees every call by which this program changes files below `root`: those of SQLite, of the standard library and of
/// the code under test alike. At most one watch at a time. Called from any thread, one call at a time.
class Watch {
 public:
  virtual ~Watch() = default;
  virtual Verdict before(Call call, const std::string& path) = 0;
  virtual void opened(const std::string& path, int fd, bool created, bool truncated) {}
  virtual void closed(int fd) {}
  virtual void written(int fd, uint64_t offset, std::string_view bytes) {}
  virtual void truncated(int fd, uint64_t bytes) {}
  virtual void synced(int fd) {}
  virtual void unlinked(const std::string& path) {}
  virtual void renamed(const std::string& from, const std::string& to) {}
  virtual void made_folder(const std::string& path) {}
};

/// Puts a watch in place for its lifetime.
class Watching {
 public:
  Watching(std::string root, Watch& watch);
  ~Watching();
  Watching(const Watching&) = delete;
};

}  // namespace gamekeeper::chaos
