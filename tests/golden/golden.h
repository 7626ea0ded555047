#pragma once

#include <string>

/// Golden files: what the program writes, kept as text beside the tests, so that a change of it is seen and reviewed.
/// `make golden` (GK_WRITE_GOLDEN=1) writes them again.
namespace gamekeeper::golden {

/// tests/golden/<name>, and its text; empty when there is none.
std::string path_of(const std::string& name);
std::string read(const std::string& name);

/// Whether this run writes golden files in place of comparing with them.
bool writing();

/// Compares `made` with the file tests/golden/<name>, or writes it. The failure shows the lines that differ.
void expect_same(const std::string& name, const std::string& made);

/// Bytes as "0a ff", and back. Unreadable hex is a failure of the test and gives what was read so far.
std::string hex_of(const std::string& bytes);
std::string bytes_of(const std::string& hex);

}  // namespace gamekeeper::golden
