#include "wayseer/core/run.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace wayseer::core::test {
namespace {

TEST(Run, WithoutRulesNeverStops) {
  core::Run run(StopRule{});
  for (int j = 0; j < 1000; ++j) {
    ASSERT_FALSE(run.should_stop());
    ASSERT_FALSE(run.count_iterations(1));
    ASSERT_FALSE(run.report(-1e300));
  }
  EXPECT_FALSE(run.timed());
  EXPECT_EQ(run.iterations(), 1000);
  EXPECT_EQ(run.status(), Status::converged);
  EXPECT_EQ(run.status(Status::optimal), Status::optimal);
}

TEST(Run, StopsAtTheIterationLimit) {
  StopRule rule;
  rule.max_iterations = 10;
  core::Run run(rule);
  EXPECT_FALSE(run.count_iterations(9));
  EXPECT_FALSE(run.should_stop());
  EXPECT_TRUE(run.count_iterations(1));
  EXPECT_TRUE(run.should_stop());
  EXPECT_EQ(run.status(), Status::max_iterations);
}

TEST(Run, StopsAtTheTarget) {
  StopRule rule;
  rule.target = 100;
  core::Run run(rule);
  EXPECT_FALSE(run.report(100.5));
  EXPECT_TRUE(run.report(100));
  EXPECT_EQ(run.status(), Status::target);
}

TEST(Run, StopsWhenTimeIsUp) {
  StopRule rule;
  rule.time_limit = 0;
  core::Run none(rule);
  EXPECT_TRUE(none.should_stop());
  EXPECT_EQ(none.status(), Status::time_limit);

  rule.time_limit = 0.02;
  core::Run run(rule);
  EXPECT_TRUE(run.timed());
  while (!run.should_stop()) {
  }
  EXPECT_GE(run.elapsed(), 0.02);
  EXPECT_LE(run.remaining(), 0.0);
  EXPECT_EQ(run.status(), Status::time_limit);
}

TEST(Run, StopsWhenCancelled) {
  std::atomic<bool> cancel{false};
  StopRule rule;
  rule.cancel = &cancel;
  core::Run run(rule);
  EXPECT_FALSE(run.should_stop());
  cancel = true;
  EXPECT_TRUE(run.should_stop());
  EXPECT_EQ(run.status(), Status::interrupted);
}

TEST(Run, PollsRarelyAndObeys) {
  int polls = 0;
  StopRule rule;
  rule.time_limit = 30;  // only so that a broken Run ends
  rule.poll = [&] { return ++polls == 3; };
  core::Run run(rule);
  while (!run.should_stop()) {
  }
  EXPECT_EQ(run.status(), Status::interrupted);
  EXPECT_EQ(polls, 3);
  EXPECT_GE(run.elapsed(), 0.1);  // polls at 0, 0.05 and 0.1 s
}

TEST(Run, ReportsAtMostTenTimesASecond) {
  std::vector<Progress> seen;
  StopRule rule;
  rule.on_progress = [&](const Progress& progress) {
    seen.push_back(progress);
    return seen.size() < 2;
  };
  core::Run run(rule);
  double objective = 1e9;
  while (!run.report(objective)) {
    run.count_iterations(1);
    objective -= 1;
  }
  EXPECT_EQ(run.status(), Status::interrupted);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_GE(seen[0].elapsed, 0.1);
  EXPECT_GE(seen[1].elapsed, seen[0].elapsed + 0.1);
  EXPECT_EQ(seen[1].objective, objective);
  EXPECT_EQ(seen[1].iterations, run.iterations());
}

TEST(Run, TheFirstReasonStays) {
  StopRule rule;
  rule.target = 5;
  rule.max_iterations = 1;
  core::Run run(rule);
  run.report(5);
  run.count_iterations(100);
  run.stop(Status::interrupted);
  EXPECT_EQ(run.status(), Status::target);
}

TEST(Status, NamesAreDistinct) {
  std::set<std::string> names;
  for (const Status status : {Status::converged, Status::optimal, Status::target, Status::time_limit,
                              Status::max_iterations, Status::interrupted})
    names.emplace(to_string(status));
  EXPECT_EQ(names, (std::set<std::string>{"converged", "optimal", "target", "time_limit", "max_iterations",
                                          "interrupted"}));
}

}  // namespace
}  // namespace wayseer::core::test
