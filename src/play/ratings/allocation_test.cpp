// Rating a match allocates nothing once a match of its size has been seen: counted by this program's own operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "play/ratings/model.h"

static std::atomic<uint64_t> allocations{0};

void* operator new(std::size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* room = std::malloc(bytes)) return room;
  throw std::bad_alloc();
}
void operator delete(void* room) noexcept { std::free(room); }
void operator delete(void* room, std::size_t) noexcept { std::free(room); }

namespace gamekeeper::play::ratings {
namespace {

void play(Model& model, uint32_t teams, uint32_t size, double day) {
  static std::vector<Member> members(64);
  static std::vector<Team> made(64);
  static std::vector<double> strengths(64);
  for (uint32_t t = 0; t < teams; ++t) {
    for (uint32_t m = 0; m < size; ++m)
      members[t * size + m] = {t * size + m, (t * size + m) % 3, static_cast<double>(t + m)};
    made[t] = {{&members[t * size], size}, teams - t, static_cast<double>(t)};
  }
  model.learn({day, {made.data(), teams}}, strengths);
}

TEST(Allocation, NoneWhileMatchesAreRated) {
  for (std::string_view name : Model::names()) {
    Model model = std::move(*Model::make(name));
    model.grow(64, 3);
    for (uint32_t size : {1u, 5u}) play(model, 2, size, 0), play(model, 8, size, 0);
    const uint64_t before = allocations.load();
    for (int i = 1; i < 200; ++i) {
      for (uint32_t size : {1u, 5u}) play(model, 2, size, i), play(model, 8, size, i);
    }
    EXPECT_EQ(allocations.load(), before) << name;
  }
}

}  // namespace
}  // namespace gamekeeper::play::ratings
