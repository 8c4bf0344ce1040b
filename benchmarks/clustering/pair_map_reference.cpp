// The plain way to the correlation metric and its rounding, as a peer for the library's: an ordered map of
// pairs counts common closed neighbours, another holds the distances, and every round of ball growing scans
// all vertices. Stands alone: g++ -O3 -std=c++20. Usage: pair_map_reference EDGES RADIUS, where EDGES is a text
// file of "u v" lines with ids 0..n-1. Prints seconds (reading excluded), pairs and the largest disagreement.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: pair_map_reference EDGES RADIUS\n", stderr), 2;
  const double radius = std::atof(argv[2]);
  std::ifstream file(argv[1]);
  std::vector<std::pair<int, int>> edges;
  int n = 0;
  for (int u, v; file >> u >> v;) {
    edges.emplace_back(u, v);
    n = std::max(n, std::max(u, v) + 1);
  }

  const auto start = std::chrono::steady_clock::now();
  std::vector<std::vector<int>> closed(n);
  for (int v = 0; v < n; ++v) closed[v].push_back(v);
  for (const auto& [u, v] : edges) {
    closed[u].push_back(v);
    closed[v].push_back(u);
  }
  std::map<std::pair<int, int>, int> common;
  for (int w = 0; w < n; ++w) {
    for (const int u : closed[w]) {
      for (const int v : closed[w]) {
        if (u < v) ++common[{u, v}];
      }
    }
  }
  constexpr double slack = 1e-9;
  std::vector<std::map<int, double>> near(n);
  long long pairs = 0;
  for (const auto& [pair, count] : common) {
    const auto [u, v] = pair;
    const double all = static_cast<double>(closed[u].size() + closed[v].size()) - count;
    const double d = 1.0 - count / all;
    if (d > radius + slack) continue;
    near[u][v] = near[v][u] = d;
    ++pairs;
  }

  // Larger degree first, then smaller id.
  std::vector<int> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int u, int v) { return closed[u].size() > closed[v].size(); });
  std::vector<double> sum(n, 0.0);
  for (int u = 0; u < n; ++u) {
    for (const auto& [v, d] : near[u]) sum[u] += radius - d;
  }
  std::vector<int> label(n, -1);
  int clusters = 0, left = n;
  while (left > 0) {
    int best = -1;
    for (const int u : order) {
      if (label[u] < 0 && (best < 0 || sum[u] > sum[best] + slack)) best = u;
    }
    std::vector<int> ball{best};
    for (const auto& [v, d] : near[best]) {
      if (label[v] < 0) ball.push_back(v);
    }
    for (const int v : ball) label[v] = clusters;
    for (const int v : ball) {
      for (const auto& [w, d] : near[v]) {
        if (label[w] < 0) sum[w] -= radius - d;
      }
    }
    left -= static_cast<int>(ball.size());
    ++clusters;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  std::vector<int> size(clusters, 0), inside(n, 0);
  for (int v = 0; v < n; ++v) ++size[label[v]];
  for (const auto& [u, v] : edges) {
    if (label[u] == label[v]) ++inside[u], ++inside[v];
  }
  int worst = 0;
  for (int v = 0; v < n; ++v)
    worst = std::max(worst, static_cast<int>(closed[v].size()) - 1 + size[label[v]] - 1 - 2 * inside[v]);
  std::printf("%.6f %lld %d\n", seconds, pairs, worst);
}
