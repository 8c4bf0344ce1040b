#include "wayseer/tsp/greedy.hpp"

namespace wayseer::tsp {

void RadixSorter::sort(std::vector<Item>& items) {
  constexpr int bits = 11;
  constexpr std::size_t buckets = std::size_t{1} << bits;
  other_.resize(items.size());
  std::array<std::array<std::uint32_t, buckets>, 3> start{};
  for (const Item& item : items)
    for (std::size_t pass = 0; pass < 3; ++pass)
      ++start[pass][(item.key >> (bits * static_cast<int>(pass))) & (buckets - 1)];
  for (std::size_t pass = 0; pass < 3; ++pass) {
    std::uint32_t sum = 0;
    for (auto& count : start[pass]) {
      const std::uint32_t here = count;
      count = sum;
      sum += here;
    }
    for (const Item& item : items)
      other_[start[pass][(item.key >> (bits * static_cast<int>(pass))) & (buckets - 1)]++] = item;
    items.swap(other_);
  }
}

}  // namespace wayseer::tsp
