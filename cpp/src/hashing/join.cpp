#include "wayseer/hashing/join.hpp"

#include "parted.hpp"
#include "wayseer/core/threads.hpp"

namespace wayseer::hashing {

void join_pairs(std::span<const std::int64_t> left, std::span<const std::int64_t> right, std::size_t groups,
                bool keep_unmatched, std::vector<std::int64_t>& left_rows,
                std::vector<std::int64_t>& right_rows, int threads) {
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

  threads = detail::useful_threads(threads, left.size());
  const core::Pieces pieces{left.size(), threads};
  std::vector<std::size_t> at(static_cast<std::size_t>(threads) + 1);  // where the pairs of each piece begin
  core::parallel_for(threads, threads, [&](std::int32_t piece, int) {
    std::size_t pairs = 0;
    for (std::size_t i = pieces.begin(piece); i < pieces.end(piece); ++i) {
      const auto g = static_cast<std::size_t>(left[i]);
      const std::size_t matches = known(left[i]) ? begin[g + 1] - begin[g] : 0;
      pairs += matches == 0 && keep_unmatched ? 1 : matches;
    }
    at[static_cast<std::size_t>(piece) + 1] = pairs;
  });
  for (std::size_t p = 1; p < at.size(); ++p) at[p] += at[p - 1];
  left_rows.resize(at.back());
  right_rows.resize(at.back());
  core::parallel_for(threads, threads, [&](std::int32_t piece, int) {
    std::size_t next_pair = at[static_cast<std::size_t>(piece)];
    for (std::size_t i = pieces.begin(piece); i < pieces.end(piece); ++i) {
      const std::size_t before = next_pair;
      if (known(left[i])) {
        const auto g = static_cast<std::size_t>(left[i]);
        for (std::size_t k = begin[g]; k < begin[g + 1]; ++k, ++next_pair) {
          left_rows[next_pair] = static_cast<std::int64_t>(i);
          right_rows[next_pair] = rows[k];
        }
      }
      if (next_pair == before && keep_unmatched) {
        left_rows[next_pair] = static_cast<std::int64_t>(i);
        right_rows[next_pair++] = -1;
      }
    }
  });
}

}  // namespace wayseer::hashing
