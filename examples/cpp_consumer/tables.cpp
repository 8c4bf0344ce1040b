// Looks keys up in batches, and in a table on disk that any number of processes may map.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <vector>
#include <wayseer/hashing/line_map.hpp>
#include <wayseer/hashing/strata_set.hpp>

int main() {
  const std::vector<std::int64_t> keys{30, 10, 20}, values{3, 1, 2}, queries{10, 20, 7};
  wayseer::hashing::line_map<std::int64_t, std::int64_t> map(keys.size());
  map.insert_batch(keys, values);
  std::vector<std::int64_t> found(queries.size());
  map.get_batch(queries, found, -1);
  std::printf("%d %d %d\n", static_cast<int>(found[0]), static_cast<int>(found[1]),
              static_cast<int>(found[2]));

  const auto path = (std::filesystem::temp_directory_path() / "wayseer_tables.wsh").string();
  wayseer::hashing::strata_set<std::int64_t> rows(keys.size());
  rows.insert_batch(keys);
  rows.save(path);
  const auto mapped = wayseer::hashing::strata_set<std::int64_t>::map_readonly(path);
  const bool same = mapped == rows;
  std::filesystem::remove(path);
  return same && found == std::vector<std::int64_t>{1, 2, -1} ? 0 : 1;
}
