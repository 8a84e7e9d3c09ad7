#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>

namespace attune {

/// A function of the code point, remembered: pages of 256 entries are computed when a text first
/// needs them, so that a lookup costs two loads and a program pays only for the scripts it sees.
/// Thread-safe; two threads may compute the same page, and one is kept.
template <typename Entry>
class CodePointTable {
 public:
  explicit CodePointTable(std::function<Entry(char32_t)> compute) : compute_(std::move(compute)) {}
  ~CodePointTable() {
    for (auto& page : pages_) delete page.load();
  }
  CodePointTable(const CodePointTable&) = delete;
  CodePointTable& operator=(const CodePointTable&) = delete;

  /// Requires c <= 0x10FFFF.
  const Entry& operator[](char32_t c) const {
    const Page* page = pages_[c >> 8].load(std::memory_order_acquire);
    if (page == nullptr) [[unlikely]]
      page = build(c >> 8);
    return (*page)[c & 0xFF];
  }

 private:
  using Page = std::array<Entry, 256>;

  const Page* build(char32_t number) const {
    auto page = std::make_unique<Page>();
    for (char32_t i = 0; i < 256; ++i) (*page)[i] = compute_((number << 8) + i);
    const Page* expected = nullptr;
    if (pages_[number].compare_exchange_strong(expected, page.get(), std::memory_order_acq_rel)) {
      return page.release();
    }
    return expected;
  }

  std::function<Entry(char32_t)> compute_;
  mutable std::array<std::atomic<const Page*>, 0x1100> pages_{};
};

}  // namespace attune
