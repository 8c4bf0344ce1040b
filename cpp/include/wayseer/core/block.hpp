// One run of bytes for tables that are larger than caches: aligned to lines, on huge pages where the system
// has them (a random access then misses the page tables far less often).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace wayseer::core {

inline constexpr std::size_t line_size = 64;

template <class Alloc = std::allocator<std::byte>>
class Block {
  using Bytes = typename std::allocator_traits<Alloc>::template rebind_alloc<std::byte>;
  using Traits = std::allocator_traits<Bytes>;

 public:
  explicit Block(const Alloc& alloc = {}) noexcept : alloc_(alloc) {}

  // `size` bytes of unspecified content, aligned to 64. Throws what the allocator throws.
  explicit Block(std::size_t size, const Alloc& alloc = {}) : alloc_(alloc), size_(size) {
    if (size == 0) return;
    const std::size_t alignment = size >= huge_from ? huge_page : line_size;
    if (size > SIZE_MAX - alignment) throw std::bad_alloc();
    reserved_ = size + alignment;
    start_ = Traits::allocate(alloc_, reserved_);
    void* aligned = start_;
    std::size_t space = reserved_;
    data_ = static_cast<std::byte*>(std::align(alignment, size, aligned, space));
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (size >= huge_from) ::madvise(data_, size / huge_page * huge_page, MADV_HUGEPAGE);  // only a hint
#endif
  }

  // Memory that belongs to someone else, who may have mapped it read-only.
  [[nodiscard]] static Block over(std::span<const std::byte> memory, const Alloc& alloc = {}) noexcept {
    Block block(alloc);
    block.data_ = const_cast<std::byte*>(memory.data());
    block.size_ = memory.size();
    return block;
  }

  Block(Block&& other) noexcept
      : alloc_(std::move(other.alloc_)),
        start_(std::exchange(other.start_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        reserved_(std::exchange(other.reserved_, 0)) {}
  Block& operator=(Block&& other) noexcept {
    Block moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~Block() {
    if (start_ != nullptr) Traits::deallocate(alloc_, start_, reserved_);
  }

  void swap(Block& other) noexcept {
    std::swap(alloc_, other.alloc_);
    std::swap(start_, other.start_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(reserved_, other.reserved_);
  }

  [[nodiscard]] std::byte* data() noexcept { return data_; }
  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] Alloc get_allocator() const noexcept { return Alloc(alloc_); }

 private:
  static constexpr std::size_t huge_page = std::size_t{1} << 21, huge_from = std::size_t{1} << 23;

  [[no_unique_address]] Bytes alloc_;
  typename Traits::pointer start_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0, reserved_ = 0;
};

}  // namespace wayseer::core
