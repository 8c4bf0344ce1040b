// Stops a piece of set-up work at each of its checkpoints in turn.
#pragma once

#include <gtest/gtest.h>

#include "wayseer/core/checkpoint.hpp"

namespace wayseer::core::test {

// work(checkpoint) runs to its end if nothing stops it, and at no question later than told to.
template <class Work>
void expect_stoppable(const char* what, Work&& work, int fewest_questions) {
  int questions = 0;
  work(Checkpoint([&] {
    ++questions;
    return false;
  }));
  EXPECT_GE(questions, fewest_questions) << what;
  for (int last = 1; last <= questions; ++last) {
    int asked = 0;
    EXPECT_THROW(work(Checkpoint([&] { return ++asked == last; })), Stopped) << what << ' ' << last;
    EXPECT_EQ(asked, last) << what;
  }
}

}  // namespace wayseer::core::test
