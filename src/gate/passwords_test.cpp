#include "gate/passwords.h"

#include <gtest/gtest.h>

#include <atomic>
#include <sstream>

#include "gate/testing/room.h"

namespace gamekeeper::gate {
namespace {

using testing::kCheap;
using testing::run;

TEST(Passwords, AreStoredAsArgon2idOfAtLeast19MiBAndTwoPasses) {
  Passwords passwords;
  auto stored = run(passwords.hash("correct horse battery"));
  ASSERT_TRUE(stored);
  int version = 0, memory = 0, passes = 0, lanes = 0;
  ASSERT_TRUE(stored->starts_with("$argon2id$v=")) << *stored;
  std::istringstream in(*stored);  // $argon2id$v=…$m=…,t=…,p=…$
  for (int* number : {&version, &memory, &passes, &lanes}) in.ignore(100, '=') >> *number;
  ASSERT_TRUE(in) << *stored;
  EXPECT_GE(memory, 19 * 1024);
  EXPECT_GE(passes, 2);
  EXPECT_GE(lanes, 1);
  EXPECT_TRUE(*run(passwords.verify("correct horse battery", *stored)));
  EXPECT_FALSE(*run(passwords.verify("correct horse batterx", *stored)));
}

TEST(Passwords, AreNeverCutOrFolded) {
  Passwords passwords(kCheap);
  const std::string base(128, 'a');
  for (const std::string& password :
       {base, std::string("p\xC3\xA4ssw\xC3\xB6rt \xE2\x98\x83 with spaces "), std::string("nul\0inside--", 12)}) {
    auto stored = run(passwords.hash(password));
    ASSERT_TRUE(stored);
    EXPECT_TRUE(*run(passwords.verify(password, *stored)));
    EXPECT_FALSE(*run(passwords.verify(password + "x", *stored)));
    EXPECT_FALSE(*run(passwords.verify(password.substr(0, password.size() - 1), *stored)));
  }
}

TEST(Passwords, TheSamePasswordIsNeverStoredTheSame) {
  Passwords passwords(kCheap);
  EXPECT_NE(*run(passwords.hash("same password")), *run(passwords.hash("same password")));
}

TEST(Passwords, AFloodIsRefusedInsteadOfQueuedWithoutEnd) {
  Passwords passwords({}, 1, 4);
  auto stored = run(passwords.hash("some password"));
  asio::io_context context{1};
  int done = 0, refused = 0;
  for (int i = 0; i < 30; ++i) {
    asio::co_spawn(context.get_executor(), passwords.verify("some password", *stored),
                   [&](std::exception_ptr, Result<bool> outcome) {
                     if (outcome)
                       ++done;
                     else
                       refused += outcome.error().kind == ErrorKind::kOverloaded;
                   });
  }
  context.run();
  EXPECT_EQ(done + refused, 30);
  EXPECT_GE(done, 4);
  EXPECT_GE(refused, 20);
}

TEST(Passwords, NewOnesHaveABoundedLength) {
  EXPECT_TRUE(check_new_password("0123456789"));
  EXPECT_EQ(check_new_password("012345678").error().code, "password_too_short");
  EXPECT_TRUE(check_new_password(std::string(1024, 'x')));
  EXPECT_EQ(check_new_password(std::string(1025, 'x'), "new").error().field, "new");
}

}  // namespace
}  // namespace gamekeeper::gate
