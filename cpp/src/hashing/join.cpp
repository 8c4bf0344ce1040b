#include "wayseer/hashing/join.hpp"

namespace wayseer::hashing {

void join_pairs(std::span<const std::int64_t> left, std::span<const std::int64_t> right, std::size_t groups,
                bool keep_unmatched, std::vector<std::int64_t>& left_rows,
                std::vector<std::int64_t>& right_rows) {
  const auto known = [&](std::int64_t code) { return static_cast<std::size_t>(code) < groups; };
  // Right rows by group, ascending within each: those of group g begin at begin[g].
  std::vector<std::size_t> begin(groups + 1, 0);
  for (const auto code : right)
    if (known(code)) ++begin[static_cast<std::size_t>(code) + 1];
  for (std::size_t g = 0; g < groups; ++g) begin[g + 1] += begin[g];
  std::vector<std::int64_t> rows(begin[groups]);
  std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
  for (std::size_t j = 0; j < right.size(); ++j)
    if (known(right[j])) rows[next[static_cast<std::size_t>(right[j])]++] = static_cast<std::int64_t>(j);

  std::size_t pairs = 0;
  for (const auto code : left) {
    const std::size_t g = static_cast<std::size_t>(code);
    const std::size_t matches = known(code) ? begin[g + 1] - begin[g] : 0;
    pairs += matches == 0 && keep_unmatched ? 1 : matches;
  }
  left_rows.resize(pairs);
  right_rows.resize(pairs);
  std::size_t at = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const std::size_t before = at;
    if (known(left[i])) {
      const auto g = static_cast<std::size_t>(left[i]);
      for (std::size_t k = begin[g]; k < begin[g + 1]; ++k, ++at) {
        left_rows[at] = static_cast<std::int64_t>(i);
        right_rows[at] = rows[k];
      }
    }
    if (at == before && keep_unmatched) {
      left_rows[at] = static_cast<std::int64_t>(i);
      right_rows[at++] = -1;
    }
  }
}

}  // namespace wayseer::hashing
