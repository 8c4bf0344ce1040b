// CLB as its definition reads: for each d of the binary search ordered maps of the pairs are filled anew.
// Standard input: n, m, then m lines "u v". Output: the bound and the seconds after reading.
#include <chrono>
#include <cstdio>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

namespace {

using Rows = std::vector<std::set<int>>;

int find(std::vector<int>& parent, int v) {
  while (parent[static_cast<std::size_t>(v)] != v) v = parent[static_cast<std::size_t>(v)];
  return v;
}

bool refutes(const Rows& closed, int d) {
  const int n = static_cast<int>(closed.size());
  const auto row = [&](int v) -> const std::set<int>& { return closed[static_cast<std::size_t>(v)]; };
  std::map<std::pair<int, int>, int> common;
  for (int w = 0; w < n; ++w) {
    for (const int u : row(w)) {
      for (const int v : row(w)) {
        if (u < v) ++common[{u, v}];
      }
    }
  }
  std::vector<int> parent(closed.size());
  std::iota(parent.begin(), parent.end(), 0);
  for (const auto& [pair, count] : common) {
    if (count > 2 * d) parent[static_cast<std::size_t>(find(parent, pair.first))] = find(parent, pair.second);
  }
  std::map<std::pair<int, int>, bool> cut;
  for (const auto& [pair, count] : common) {
    const auto [u, v] = pair;
    if (static_cast<int>(row(u).size() + row(v).size()) - 2 * count <= 2 * d) continue;
    const int a = find(parent, u), b = find(parent, v);
    if (a == b) return true;
    cut[{a, b}] = cut[{b, a}] = true;
  }
  std::map<int, std::vector<int>> members;
  for (int v = 0; v < n; ++v) members[find(parent, v)].push_back(v);
  for (int v = 0; v < n; ++v) {
    const int a = find(parent, v);
    int disagreements = 0;
    for (const int w : members[a]) disagreements += row(v).contains(w) ? 0 : 1;
    for (const int w : row(v)) disagreements += cut.contains({a, find(parent, w)}) ? 1 : 0;
    if (disagreements > d) return true;
  }
  return false;
}

}  // namespace

int main() {
  int n = 0, m = 0;
  if (std::scanf("%d %d", &n, &m) != 2) return 1;
  Rows closed(static_cast<std::size_t>(n));
  for (int v = 0; v < n; ++v) closed[static_cast<std::size_t>(v)].insert(v);
  for (int e = 0, u = 0, v = 0; e < m; ++e) {
    if (std::scanf("%d %d", &u, &v) != 2) return 1;
    closed[static_cast<std::size_t>(u)].insert(v);
    closed[static_cast<std::size_t>(v)].insert(u);
  }
  const auto start = std::chrono::steady_clock::now();
  int low = 0, high = 0;
  for (const auto& row : closed) high = std::max(high, static_cast<int>(row.size()) - 1);
  while (low < high) {
    const int middle = (low + high) / 2;
    if (refutes(closed, middle))
      low = middle + 1;
    else
      high = middle;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%d %.6f\n", low, seconds.count());
}
