#include "wayseer/core/checkpoint.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "point_sets.hpp"
#include "stoppable.hpp"
#include "wayseer/core/grid.hpp"
#include "wayseer/core/hilbert.hpp"
#include "wayseer/core/kd_tree.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::core::test {
namespace {

TEST(Checkpoint, NeverThrowsByDefault) {
  const Checkpoint checkpoint;
  for (std::int64_t step = 0; step < 5000; ++step) EXPECT_NO_THROW(checkpoint(step));
  EXPECT_NO_THROW(checkpoint());
}

TEST(Checkpoint, AsksAtTheFirstStepAndEveryThousand) {
  int asked = 0;
  const Checkpoint checkpoint([&] {
    ++asked;
    return false;
  });
  checkpoint(0);
  EXPECT_EQ(asked, 1);
  for (std::int64_t step = 1; step < 10 * 1024; ++step) checkpoint(step);
  EXPECT_EQ(asked, 10);
  checkpoint();
  EXPECT_EQ(asked, 11);
}

TEST(Checkpoint, OfARunThrowsWhenTheRunIsStopped) {
  std::atomic<bool> cancel{false};
  StopRule rule;
  rule.cancel = &cancel;
  core::Run run(rule);
  const auto checkpoint = run.checkpoint();
  EXPECT_NO_THROW(checkpoint());
  cancel = true;
  EXPECT_NO_THROW(checkpoint(1));
  EXPECT_THROW(checkpoint(), Stopped);
  EXPECT_THROW(checkpoint(2048), Stopped);
  EXPECT_EQ(run.status(), Status::interrupted);
}

TEST(Checkpoint, StopsNumberingsAndIndices) {
  Random random(1);
  for (const int dim : {2, 3}) {
    const auto set = make_points("uniform", dim, 5000, [&](auto, auto) { return random.uniform(); });
    expect_stoppable(
        "hilbert", [&](const Checkpoint& checkpoint) { (void)hilbert_order(set.points, dim, checkpoint); },
        20);
    expect_stoppable(
        "k-d tree", [&](const Checkpoint& checkpoint) { (void)KdTree(set.points, dim, checkpoint); }, 4);
    if (dim == 2)
      expect_stoppable(
          "grid", [&](const Checkpoint& checkpoint) { (void)Grid(set.points, 2.0, checkpoint); }, 10);
  }
}

}  // namespace
}  // namespace wayseer::core::test
