#include "wayseer/core/interrupt.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "wayseer/core/run.hpp"

namespace wayseer::core::test {
namespace {

TEST(InterruptGuard, TurnsTheSignalIntoAFlagThatARunObeys) {
  InterruptGuard guard;
  StopRule rule;
  rule.cancel = guard.flag();
  core::Run run(rule);
  EXPECT_FALSE(run.should_stop());
  std::raise(SIGINT);
  EXPECT_TRUE(guard.interrupted());
  EXPECT_TRUE(run.should_stop());
  EXPECT_EQ(run.status(), Status::interrupted);
}

TEST(InterruptGuard, TellsTheInnermostGuard) {
  InterruptGuard outer;
  {
    InterruptGuard inner;
    std::raise(SIGINT);
    EXPECT_TRUE(inner.interrupted());
    EXPECT_FALSE(outer.interrupted());
  }
  std::raise(SIGINT);
  EXPECT_TRUE(outer.interrupted());
}

volatile std::sig_atomic_t caught = 0;

TEST(InterruptGuard, GivesTheOldHandlerBack) {
  const auto before = std::signal(SIGINT, [](int) { caught = 1; });
  {
    InterruptGuard guard;
    std::raise(SIGINT);
    EXPECT_EQ(caught, 0);
  }
  std::raise(SIGINT);
  EXPECT_EQ(caught, 1);
  std::signal(SIGINT, before);
}

}  // namespace
}  // namespace wayseer::core::test
