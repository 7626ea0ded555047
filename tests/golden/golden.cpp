#include "tests/golden/golden.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <vector>

namespace gamekeeper::golden {
namespace {

constexpr size_t kLinesShown = 12;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void show(std::string& out, char sign, const std::vector<std::string>& lines, size_t from, size_t to) {
  for (size_t i = from; i < std::min(to, from + kLinesShown); ++i) out += fmt::format("{} {}\n", sign, lines[i]);
  if (to > from + kLinesShown) out += fmt::format("{} … {} more\n", sign, to - from - kLinesShown);
}

/// From the first to the last line that differs.
std::string difference(const std::string& kept, const std::string& made) {
  const auto a = lines_of(kept), b = lines_of(made);
  size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  std::string out = fmt::format("@ line {}\n", head + 1);
  show(out, '-', a, head, a.size() - tail);
  show(out, '+', b, head, b.size() - tail);
  return out;
}

}  // namespace

std::string path_of(const std::string& name) { return "tests/golden/" + name; }  // tests run in the repository's root

std::string read(const std::string& name) {
  std::ifstream file(path_of(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool writing() {
  const char* set = std::getenv("GK_WRITE_GOLDEN");
  return set != nullptr && std::string_view(set) == "1";
}

void expect_same(const std::string& name, const std::string& made) {
  const std::string kept = read(name);
  if (kept == made) return;
  if (writing()) {
    std::ofstream file(path_of(name), std::ios::binary);
    file << made;
    ASSERT_TRUE(file.flush()) << path_of(name) << " cannot be written";
    return;
  }
  ADD_FAILURE() << path_of(name) << " differs; run `make golden` if this change is meant\n" << difference(kept, made);
}

std::string hex_of(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{}{:02x}", out.empty() ? "" : " ", static_cast<uint8_t>(c));
  return out;
}

std::string bytes_of(const std::string& hex) {
  std::string out;
  std::istringstream in(hex);
  for (std::string pair; in >> pair;) {
    const bool is_pair = pair.size() == 2 && std::isxdigit(static_cast<unsigned char>(pair[0])) &&
                         std::isxdigit(static_cast<unsigned char>(pair[1]));
    if (!is_pair) return ADD_FAILURE() << "no byte in hex: " << pair, out;
    out += static_cast<char>(std::stoi(pair, nullptr, 16));
  }
  return out;
}

}  // namespace gamekeeper::golden
