#include "wayseer/clustering/solution.hpp"

#include "wayseer/clustering/objective.hpp"

namespace wayseer::clustering {

bool Incumbent::offer(double objective, std::span<const std::int32_t> labels) {
  if (!empty() && !(objective < this->objective())) return false;
  labels_.assign(labels.begin(), labels.end());
  trajectory_.push_back({run_->elapsed(), objective});
  run_->report(objective);
  return true;
}

Solution Incumbent::finish(core::Status otherwise) && {
  Solution solution{.labels = std::move(labels_),
                    .objective = empty() ? 0.0 : objective(),
                    .status = run_->status(otherwise),
                    .seconds = run_->elapsed(),
                    .iterations = run_->iterations(),
                    .trajectory = std::move(trajectory_)};
  renumber(solution.labels);
  return solution;
}

}  // namespace wayseer::clustering
