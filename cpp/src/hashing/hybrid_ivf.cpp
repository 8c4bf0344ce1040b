#include "wayseer/hashing/hybrid_ivf.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "wayseer/core/error.hpp"
#include "wayseer/core/threads.hpp"
#include "wayseer/hashing/mask.hpp"
#include "wayseer/hashing/neighbours.hpp"
#include "wayseer/hashing/panels.hpp"

namespace wayseer::hashing {

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t few_values = 8;     // up to here a comparison for each beats a look-up
constexpr std::size_t many_bitmaps = 64;  // to OR more of them takes longer than it saves
constexpr std::size_t queries_at_once = 8;

constexpr std::uint64_t rounded_up(std::uint64_t bytes, std::uint64_t to) noexcept {
  return (bytes + to - 1) / to * to;
}

template <class F>
void for_each_bit(std::uint64_t word, F&& f) {
  for (; word != 0; word &= word - 1) f(static_cast<std::size_t>(std::countr_zero(word)));
}

void set_bit(std::uint64_t* bits, std::size_t i) noexcept { bits[i / 64] |= std::uint64_t{1} << (i % 64); }

}  // namespace

struct HybridIvf::Storage {
  std::array<core::Block<>, parts> blocks;
};

// Of a column in its codes: a range, or some values.
struct Requirement {
  std::size_t column = 0;
  std::uint64_t lo = 0, range = 0;
  std::vector<std::uint64_t> values;  // ascending; empty for a range
  std::vector<std::uint64_t> table;   // a bit for each code, where there are many values of at most 2 bytes
  double share = 1;                   // of the codes that meet it, were they spread evenly

  [[nodiscard]] bool holds(std::uint64_t code) const noexcept {
    if (!table.empty()) return (table[code / 64] >> (code % 64) & 1) != 0;
    return std::ranges::binary_search(values, code);
  }
};

struct HybridIvf::Plan {
  std::vector<std::uint64_t> lists;  // a bit for each list that may have a vector that passes
  std::vector<std::int32_t> panels;  // of the centers of these
  std::vector<Requirement> requirements;
};

struct HybridIvf::Worker {
  explicit Worker(std::size_t k) : best(k) {}

  std::optional<Plan> plan;
  std::int32_t filter = -1;  // that the plan is of
  std::vector<float> queries, center_distances, distances;
  std::vector<std::uint64_t> mask;
  std::vector<std::int32_t> rows;  // of a list that pass
  NearestFirst order;
  Neighbours best;
};

std::size_t HybridIvf::Column::bucket(std::uint64_t code) const noexcept {
  if (exact()) return static_cast<std::size_t>(code);
  return static_cast<std::size_t>(code * 0x9e3779b97f4a7c15ULL >> (64 - std::countr_zero(buckets)));
}

std::uint64_t HybridIvf::Column::code(std::size_t i) const noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, codes + i * width, width);
  return value;
}

std::array<std::uint64_t, HybridIvf::parts> HybridIvf::part_sizes() const noexcept {
  const auto lists = static_cast<std::uint64_t>(lists_), count = static_cast<std::uint64_t>(count_);
  std::array<std::uint64_t, parts> bytes{};
  bytes[centers] = panel_floats(lists, dim_) * sizeof(float);
  bytes[starts] = (lists + 1) * sizeof(std::int32_t);
  bytes[radii] = lists * sizeof(float);
  bytes[numbers] = count * sizeof(std::int32_t);
  for (const Column& column : columns_) {
    bytes[meta] += 32 + column.name.size();
    bytes[bounds] += 2 * lists * sizeof(std::uint64_t);
    bytes[bitmaps] += column.buckets * list_words() * sizeof(std::uint64_t);
    bytes[codes] += rounded_up((count + mask_overread) * column.width, 64);
  }
  return bytes;
}

void HybridIvf::lay_out_vectors() noexcept {
  std::uint64_t at = 0;
  for (std::size_t list = 0; list < static_cast<std::size_t>(lists_); ++list) {
    vector_at_[list] = rounded_up(at, alignment_);
    at = vector_at_[list] + list_size(list) * dim_ * sizeof(float);
  }
  vector_at_.back() = at;
}

void HybridIvf::attach_columns() noexcept {
  const auto lists = static_cast<std::size_t>(lists_);
  const auto* bound = part<std::uint64_t>(bounds);
  const auto* bitmap = part<std::uint64_t>(bitmaps);
  const std::byte* code = part<std::byte>(codes);
  for (Column& column : columns_) {
    column.list_min = bound;
    column.list_max = bound + lists;
    bound += 2 * lists;
    column.bitmaps = bitmap;
    bitmap += column.buckets * list_words();
    column.codes = code;
    code += rounded_up((static_cast<std::size_t>(count_) + mask_overread) * column.width, 64);
  }
}

HybridIvf::HybridIvf(Metric metric, const float* rows, std::size_t dim, std::int32_t count,
                     std::span<const Attribute> attributes, std::int32_t lists, const KMeansOptions& options,
                     const core::Checkpoint& checkpoint)
    : metric_(metric), dim_(dim), count_(count) {
  if (count < 1) throw core::invalid_argument("count", count, "1 or more");
  if (dim < 1 || dim > max_dim) throw core::invalid_argument("dim", dim, "1.." + std::to_string(max_dim));
  if (lists < 0 || lists > count) throw core::invalid_argument("lists", lists, "0.." + std::to_string(count));
  lists_ = lists == 0 ? default_lists(count) : lists;
  const auto list_count = static_cast<std::size_t>(lists_), n = static_cast<std::size_t>(count);
  const std::size_t mean_size = n / list_count;
  // To begin each list at a page of its own costs half a page.
  alignment_ = mean_size >= 200 ? page : core::line_size;

  for (const Attribute& attribute : attributes) {
    if (attribute.values.size() != n)
      throw core::invalid_argument("values of " + attribute.name, attribute.values.size(), std::to_string(n));
    const auto [least, most] = std::ranges::minmax(attribute.values);
    Column column;
    column.name = attribute.name;
    column.min = least;
    column.span = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
    column.width = column.span <= 0xff ? 1 : column.span <= 0xffff ? 2 : column.span <= 0xffffffff ? 4 : 8;
    // Of a hashed bitmap at most half is set, so that rare values are seen to be absent.
    column.buckets = std::clamp<std::size_t>(std::bit_ceil(2 * mean_size), 64, 4096);
    if (column.span < column.buckets) column.buckets = std::bit_ceil(column.span + 1);
    columns_.push_back(std::move(column));
  }

  const std::vector<float> panels = kmeans(metric, rows, dim, count, lists_, options, checkpoint);
  std::vector<std::int32_t> center(n);
  assign_to_centers(metric, rows, dim, count, panels, lists_, center, options.threads, checkpoint);
  const RowsByCenter groups = group_by_center(center, lists_);

  const auto storage = std::make_shared<Storage>();
  auto sizes = part_sizes();
  parts_[starts] = std::as_bytes(std::span(groups.start));
  vector_at_.resize(list_count + 1);
  lay_out_vectors();
  sizes[vectors] = vector_at_.back();
  for (std::size_t i = 0; i < parts; ++i) {
    storage->blocks[i] = core::Block<>(sizes[i]);
    if (sizes[i] != 0 && i != vectors) std::memset(storage->blocks[i].data(), 0, sizes[i]);
    parts_[i] = {storage->blocks[i].data(), sizes[i]};
  }
  const auto written = [&]<class T>(Part which, T*) {
    return reinterpret_cast<T*>(storage->blocks[which].data());
  };
  std::ranges::copy(panels, written(centers, static_cast<float*>(nullptr)));
  std::ranges::copy(groups.start, written(starts, static_cast<std::int32_t*>(nullptr)));
  std::ranges::copy(groups.ids, written(numbers, static_cast<std::int32_t*>(nullptr)));
  attach_columns();

  auto* const radius = written(radii, static_cast<float*>(nullptr));
  core::parallel_for(options.threads, lists_, [&](std::int32_t number, int worker) {
    if (worker == 0) checkpoint();
    const auto list = static_cast<std::size_t>(number);
    std::byte* const to = storage->blocks[vectors].data() + vector_at_[list];
    const std::size_t size = list_size(list), bytes = size * dim * sizeof(float);
    auto* const own = reinterpret_cast<float*>(to);
    for (std::size_t i = 0; i < size; ++i) {
      const auto row = static_cast<std::size_t>(groups.ids[list_begin(list) + i]);
      std::copy_n(rows + row * dim, dim, own + i * dim);
      if (metric == Metric::cosine) normalize({own + i * dim, dim});
    }
    const std::uint64_t end = list + 1 < list_count ? vector_at_[list + 1] : vector_at_[list_count];
    std::memset(to + bytes, 0, end - vector_at_[list] - bytes);
    std::vector<float> middle(dim), distances(size);
    unpack_row(part<float>(centers), dim, list, middle.data());
    scan_distances(Metric::l2, middle.data(), own, dim, size, distances.data());
    for (const float d : distances) radius[list] = std::max(radius[list], std::sqrt(d));
  });
  largest_radius_ = static_cast<double>(*std::max_element(radius, radius + list_count));

  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const Column& column = columns_[c];
    auto* const list_min = const_cast<std::uint64_t*>(column.list_min);
    auto* const list_max = const_cast<std::uint64_t*>(column.list_max);
    auto* const bitmap = const_cast<std::uint64_t*>(column.bitmaps);
    auto* const code_bytes = const_cast<std::byte*>(column.codes);
    for (std::size_t list = 0; list < list_count; ++list) {
      checkpoint(static_cast<std::int64_t>(list));
      list_min[list] = ~std::uint64_t{0};
      for (std::size_t i = list_begin(list); i < list_begin(list + 1); ++i) {
        const auto row = static_cast<std::size_t>(groups.ids[i]);
        const std::uint64_t code =
            static_cast<std::uint64_t>(attributes[c].values[row]) - static_cast<std::uint64_t>(column.min);
        std::memcpy(code_bytes + i * column.width, &code, column.width);
        list_min[list] = std::min(list_min[list], code);
        list_max[list] = std::max(list_max[list], code);
        set_bit(bitmap + column.bucket(code) * list_words(), list);
      }
    }
  }
  owner_ = storage;
}

std::size_t HybridIvf::bytes() const noexcept {
  std::size_t sum = vector_at_.capacity() * sizeof(std::uint64_t);
  for (const auto& one : parts_) sum += one.size();
  return sum;
}

void HybridIvf::require(Plan& plan, const Condition& condition) const {
  if (condition.attribute < 0 || static_cast<std::size_t>(condition.attribute) >= columns_.size())
    throw core::invalid_argument("attribute", condition.attribute,
                                 "0.." + std::to_string(columns_.size()) + " without the end");
  Requirement made;
  made.column = static_cast<std::size_t>(condition.attribute);
  const Column& column = columns_[made.column];
  const std::int64_t least = column.min, most = attribute_max(made.column);
  const auto code = [&](std::int64_t value) {
    return static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(least);
  };
  bool none = false;
  if (condition.listed) {
    for (const std::int64_t value : condition.values)
      if (value >= least && value <= most) made.values.push_back(code(value));
    std::ranges::sort(made.values);
    made.values.erase(std::ranges::unique(made.values).begin(), made.values.end());
    none = made.values.empty();
    if (!none) {
      made.lo = made.values.front();
      made.range = made.values.back() - made.lo;
      if (made.range == made.values.size() - 1) made.values.clear();  // all from the first to the last
    }
  } else {
    const std::int64_t lo = std::max(condition.lo, least), hi = std::min(condition.hi, most);
    none = lo > hi;
    made.lo = code(lo);
    made.range = code(hi) - made.lo;
  }
  if (none) {
    std::ranges::fill(plan.lists, 0);
    return;
  }
  if (made.values.empty() && made.lo == 0 && made.range == column.span) return;  // every value

  const bool ranged = made.values.empty();
  const double matching =
      ranged ? static_cast<double>(made.range) + 1 : static_cast<double>(made.values.size());
  made.share = matching / (static_cast<double>(column.span) + 1);
  if (column.exact() || matching <= static_cast<double>(many_bitmaps)) {
    std::vector<std::uint64_t> any(list_words());
    const auto add = [&](std::uint64_t value) {
      const std::uint64_t* const with = column.bitmaps + column.bucket(value) * any.size();
      for (std::size_t i = 0; i < any.size(); ++i) any[i] |= with[i];
    };
    if (ranged)
      for (std::uint64_t value = made.lo; value - made.lo <= made.range && value >= made.lo; ++value)
        add(value);
    else
      std::ranges::for_each(made.values, add);
    for (std::size_t i = 0; i < any.size(); ++i) plan.lists[i] &= any[i];
  }
  if (!column.exact())
    for (std::size_t word = 0; word < plan.lists.size(); ++word)
      for_each_bit(plan.lists[word], [&](std::size_t bit) {
        const std::size_t list = word * 64 + bit;
        if (column.list_max[list] < made.lo || column.list_min[list] > made.lo + made.range)
          plan.lists[word] &= ~(std::uint64_t{1} << bit);
      });

  if (made.values.size() > few_values && column.width <= 2) {
    made.table.resize(column.width == 1 ? 256 / 64 : 65536 / 64);
    for (const std::uint64_t value : made.values) set_bit(made.table.data(), value);
  }
  plan.requirements.push_back(std::move(made));
}

HybridIvf::Plan HybridIvf::plan(const AttributeFilter& filter) const {
  Plan made;
  made.lists.resize(list_words());
  for (std::size_t list = 0; list < static_cast<std::size_t>(lists_); ++list)
    if (list_size(list) != 0) set_bit(made.lists.data(), list);
  for (const Condition& condition : filter) require(made, condition);
  std::ranges::stable_sort(made.requirements, {}, &Requirement::share);
  static_assert(64 % panel_width == 0);
  for (std::size_t panel = 0; panel < panels_for(static_cast<std::size_t>(lists_)); ++panel)
    if ((made.lists[panel * panel_width / 64] >> (panel * panel_width % 64) & 0xffff) != 0)
      made.panels.push_back(static_cast<std::int32_t>(panel));
  return made;
}

// How many vectors of the list pass; worker.rows are their positions in it unless all do.
std::size_t HybridIvf::passing(const Plan& plan, std::size_t list, Worker& worker) const {
  const std::size_t begin = list_begin(list), size = list_size(list);
  if (plan.requirements.empty()) return size;
  const std::size_t words = (size + 63) / 64;
  worker.mask.assign(words, ~std::uint64_t{0});
  if (size % 64 != 0) worker.mask.back() = ~std::uint64_t{0} >> (64 - size % 64);
  for (const Requirement& requirement : plan.requirements) {
    const Column& column = columns_[requirement.column];
    const std::byte* const own = column.codes + begin * column.width;
    if (requirement.values.empty())
      mask_range(own, column.width, size, requirement.lo, requirement.range, worker.mask.data());
    else if (requirement.values.size() <= few_values)
      mask_values(own, column.width, size, requirement.values, worker.mask.data());
    else
      for (std::size_t word = 0; word < words; ++word)
        for_each_bit(worker.mask[word], [&](std::size_t bit) {
          if (!requirement.holds(column.code(begin + word * 64 + bit)))
            worker.mask[word] &= ~(std::uint64_t{1} << bit);
        });
    if (std::ranges::all_of(worker.mask, [](std::uint64_t word) { return word == 0; })) return 0;
  }
  worker.rows.resize(size);
  std::int32_t* next = worker.rows.data();
  for (std::size_t word = 0; word < words; ++word)
    for_each_bit(worker.mask[word],
                 [&](std::size_t bit) { *next++ = static_cast<std::int32_t>(word * 64 + bit); });
  return static_cast<std::size_t>(next - worker.rows.data());
}

void HybridIvf::search_list(std::size_t list, const float* query, std::size_t passed, Worker& worker) const {
  const std::size_t size = list_size(list);
  const std::int32_t* const number = part<std::int32_t>(numbers) + list_begin(list);
  worker.distances.resize(std::max(worker.distances.size(), size));
  float* const distances = worker.distances.data();
  if (passed == size) {
    scan_distances(metric_, query, list_rows(list), dim_, size, distances);
    for (std::size_t i = 0; i < size; ++i) worker.best.offer(distances[i], number[i]);
    return;
  }
  const std::span<const std::int32_t> rows{worker.rows.data(), passed};
  gather_distances(metric_, query, list_rows(list), dim_, rows, distances);
  for (std::size_t i = 0; i < passed; ++i)
    worker.best.offer(distances[i], number[static_cast<std::size_t>(rows[i])]);
}

// No vector within `radius` of the center is nearer than this. The slack is for what float32 sums round off,
// the small constants for what vanishes in them.
float HybridIvf::bound(float center_distance, double radius, double query_length) const noexcept {
  constexpr auto nothing = -std::numeric_limits<float>::infinity();
  const double slack = static_cast<double>(dim_ + 16) * 0x1p-23;
  const auto distance = static_cast<double>(center_distance);
  radius *= 1 + slack;
  double least = 0;
  if (metric_ == Metric::l2) {  // triangle inequality
    const double gap = std::sqrt(std::max(distance, 0.0)) * (1 - slack) - radius - 1e-19;
    if (gap <= 0) return nothing;
    least = gap * gap * (1 - slack);
  } else if (metric_ == Metric::cosine) {  // 1 - qx >= |q - x|^2 / 2 as neither is longer than 1
    const double square = query_length * query_length + 1 - 2 * (1 - distance);
    const double gap = std::sqrt(std::max(square - 4 * slack, 0.0)) - radius;
    if (gap <= 0) return nothing;
    least = gap * gap / 2 - 4 * slack;
  } else {  // Cauchy-Schwarz
    least = distance - query_length * (radius + 2 * slack * (1 + radius)) - 1e-38;
  }
  return std::nextafter(static_cast<float>(least), nothing);
}

void HybridIvf::search_block(const Query& query, std::span<const std::int32_t> which, const Plan& plan,
                             Worker& worker, std::int64_t* ids, float* distances) const {
  const std::size_t stride = plan.panels.size() * panel_width;
  worker.queries.resize(queries_at_once * dim_);
  worker.center_distances.resize(queries_at_once * stride);
  for (std::size_t q = 0; q < which.size(); ++q) {
    const std::span<float> own{worker.queries.data() + q * dim_, dim_};
    std::copy_n(query.vectors + static_cast<std::size_t>(which[q]) * dim_, dim_, own.begin());
    if (metric_ == Metric::cosine) normalize(own);
  }
  panel_distances(metric_, worker.queries.data(), which.size(), part<float>(centers), dim_, plan.panels,
                  worker.center_distances.data(), stride);
  const std::size_t most =
      query.nprobe == all_lists ? static_cast<std::size_t>(lists_) : static_cast<std::size_t>(query.nprobe);
  for (std::size_t q = 0; q < which.size(); ++q) {
    const float* const own = worker.queries.data() + q * dim_;
    double length = 0;
    if (metric_ != Metric::l2) {
      for (std::size_t d = 0; d < dim_; ++d)
        length += static_cast<double>(own[d]) * static_cast<double>(own[d]);
      length = std::sqrt(length);
    }
    worker.order.clear();
    for (std::size_t j = 0; j < plan.panels.size(); ++j) {
      const std::size_t first = static_cast<std::size_t>(plan.panels[j]) * panel_width;
      for_each_bit(plan.lists[first / 64] >> (first % 64) & 0xffff, [&](std::size_t lane) {
        worker.order.add(worker.center_distances[q * stride + j * panel_width + lane],
                         static_cast<std::int32_t>(first + lane));
      });
    }
    worker.best.clear();
    std::uint64_t rank;
    for (std::size_t probed = 0; probed < most && worker.order.next(rank, most);) {
      const auto list = static_cast<std::size_t>(ranked_number(rank));
      if (worker.best.full()) {
        const float center_distance = ranked_distance(rank);
        if (bound(center_distance, largest_radius_, length) > worker.best.worst()) break;
        const auto radius = static_cast<double>(part<float>(radii)[list]);
        if (bound(center_distance, radius, length) > worker.best.worst()) {
          ++probed;
          continue;
        }
      }
      const std::size_t passed = passing(plan, list, worker);
      if (passed == 0) continue;
      search_list(list, own, passed, worker);
      ++probed;
    }
    const std::size_t at = static_cast<std::size_t>(which[q]) * static_cast<std::size_t>(query.k);
    worker.best.write(ids + at, distances + at);
  }
}

void HybridIvf::search(const Query& query, std::int64_t* ids, float* distances,
                       const core::Checkpoint& checkpoint) const {
  if (query.k < 1) throw core::invalid_argument("k", query.k, "1 or more");
  if (query.nprobe < 0) throw core::invalid_argument("nprobe", query.nprobe, "0 or more");
  const auto count = static_cast<std::size_t>(std::max(query.count, 0));
  if (!query.filter_of.empty() && query.filter_of.size() != count)
    throw core::invalid_argument("filter_of", query.filter_of.size(), std::to_string(count) + " entries");
  const auto filter_of = [&](std::int32_t q) {
    return query.filter_of.empty() ? 0 : query.filter_of[static_cast<std::size_t>(q)];
  };
  const auto filters = static_cast<std::int64_t>(std::max<std::size_t>(query.filters.size(), 1));
  std::vector<std::int32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  for (const std::int32_t filter : query.filter_of) (void)core::checked_index(filter, "filter_of", filters);
  std::ranges::stable_sort(order, {}, filter_of);
  // Blocks of queries with one filter: they share its plan, and centers are compared with all of them at
  // once.
  std::vector<std::size_t> begin;
  for (std::size_t i = 0; i < count; ++i)
    if (begin.empty() || i - begin.back() == queries_at_once ||
        filter_of(order[i]) != filter_of(order[i - 1]))
      begin.push_back(i);
  const auto blocks = static_cast<std::int32_t>(begin.size());
  begin.push_back(count);
  std::vector<Worker> workers(static_cast<std::size_t>(std::clamp(query.threads, 1, std::max(blocks, 1))),
                              Worker(static_cast<std::size_t>(query.k)));
  core::parallel_for(query.threads, blocks, [&](std::int32_t block, int number) {
    if (number == 0) checkpoint();
    Worker& worker = workers[static_cast<std::size_t>(number)];
    const auto at = static_cast<std::size_t>(block);
    const std::span<const std::int32_t> which{order.data() + begin[at], begin[at + 1] - begin[at]};
    if (const std::int32_t filter = filter_of(which[0]); !worker.plan || worker.filter != filter) {
      worker.plan =
          plan(query.filters.empty() ? AttributeFilter{} : query.filters[static_cast<std::size_t>(filter)]);
      worker.filter = filter;
    }
    search_block(query, which, *worker.plan, worker, ids, distances);
  });
}

}  // namespace wayseer::hashing
