#include "wayseer/hashing/ivf_flat.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <string>

#include "wayseer/core/error.hpp"
#include "wayseer/hashing/panels.hpp"

namespace wayseer::hashing {

IvfFlat::IvfFlat(Metric metric, const float* rows, std::size_t dim, std::int32_t count, std::int32_t lists,
                 const KMeansOptions& options, const core::Checkpoint& checkpoint)
    : metric_(metric), rows_(rows), dim_(dim) {
  if (lists < 0 || lists > std::max(count, 1))
    throw core::invalid_argument("lists", lists, "0.." + std::to_string(std::max(count, 1)));
  if (count == 0) {
    groups_.start = {0, 0};
    return;
  }
  if (lists == 0) lists = default_lists(count);
  panels_ = kmeans(metric, rows, dim, count, lists, options, checkpoint);
  std::vector<std::int32_t> center(static_cast<std::size_t>(count));
  assign_to_centers(metric, rows, dim, count, panels_, lists, center, options.threads, checkpoint);
  groups_ = group_by_center(center, lists);
}

std::size_t IvfFlat::bytes() const noexcept {
  return panels_.capacity() * sizeof(float) +
         (groups_.start.capacity() + groups_.ids.capacity()) * sizeof(std::int32_t);
}

void IvfFlat::search(const float* query, std::int32_t nprobe, Neighbours& best, Scratch& scratch,
                     std::int32_t first) const {
  if (groups_.ids.empty()) return;
  const auto look_at = [&](std::size_t number) {
    const std::span ids = list(number);
    scratch.distances.resize(std::max(scratch.distances.size(), ids.size()));
    gather_distances(metric_, query, rows_, dim_, ids, scratch.distances.data());
    for (std::size_t i = 0; i < ids.size(); ++i) best.offer(scratch.distances[i], first + ids[i]);
  };
  const auto lists = static_cast<std::size_t>(this->lists());
  if (nprobe <= 0 || static_cast<std::size_t>(nprobe) >= lists) {
    for (std::size_t number = 0; number < lists; ++number) look_at(number);
    return;
  }
  order_lists(query, scratch);
  std::uint64_t rank;
  for (; nprobe > 0 && scratch.order.next(rank, static_cast<std::size_t>(nprobe)); --nprobe)
    look_at(static_cast<std::size_t>(ranked_number(rank)));
}

void IvfFlat::order_lists(const float* query, Scratch& scratch) const {
  const auto lists = static_cast<std::size_t>(this->lists());
  scratch.panels.resize(panels_for(lists));
  std::iota(scratch.panels.begin(), scratch.panels.end(), 0);
  scratch.centers.resize(scratch.panels.size() * panel_width);
  panel_distances(metric_, query, 1, panels_.data(), dim_, scratch.panels, scratch.centers.data(), 0);
  for (std::size_t list = 0; list < scratch.panels.size() * panel_width; ++list)
    if (list >= lists || groups_.start[list] == groups_.start[list + 1])
      scratch.centers[list] = std::numeric_limits<float>::infinity();
  scratch.order.reset(scratch.centers);
}

}  // namespace wayseer::hashing
