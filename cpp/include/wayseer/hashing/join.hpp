// Pairs of equal keys between two tables, once the keys of both are numbered alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wayseer::hashing {

// The pairs (i, j) with left[i] == right[j], in order of i, then j, as two columns of equal length. Codes
// outside [0, groups) match nothing; with keep_unmatched a left row without a match gives (i, -1).
// O(left + right + groups + pairs). Several threads share the left rows; the result is the same.
void join_pairs(std::span<const std::int64_t> left, std::span<const std::int64_t> right, std::size_t groups,
                bool keep_unmatched, std::vector<std::int64_t>& left_rows,
                std::vector<std::int64_t>& right_rows, int threads = 1);

}  // namespace wayseer::hashing
