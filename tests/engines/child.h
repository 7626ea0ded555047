#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace gamekeeper::test {

/// A port of 127.0.0.1 on which nothing listens now.
int free_port();
/// Whether something accepts connections there.
bool listens(int port);

/// A process of ours, ended by its own id at the latest with the object.
class Child {
 public:
  Child() = default;
  ~Child() { kill(); }
  Child(const Child&) = delete;

  /// `argv[0]` is looked up in PATH; output is appended to the file `log`.
  void start(std::vector<std::string> argv, const std::string& log);
  bool running();
  void kill();  // SIGKILL, and waits
  void signal(int number);
  /// Runs it to its end; its exit status.
  int finish();

 private:
  pid_t pid_ = -1;
};

}  // namespace gamekeeper::test
