#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace attune {

/// A file of more than this is refused as a decompression bomb where its content would be more than
/// `kMostExpansion` times as large as itself: of pictures nothing real comes near.
inline constexpr std::uint64_t kFreeExpansion = std::uint64_t{256} << 20;
inline constexpr std::uint64_t kMostExpansion = 200;

/// The most bytes that a file of `file_bytes` may stand for, and no more than `most`.
std::uint64_t expansion_limit(std::uint64_t file_bytes, std::uint64_t most);

/// Told by a decoder, before it allocates, how many bytes more it takes. May wait, and may throw.
using ReserveMemory = std::function<void(std::uint64_t bytes)>;

/// The memory that files may take while they are decoded, for all threads together: small pictures
/// are decoded side by side, large ones wait for each other. For use from any thread.
class MemoryBudget {
 public:
  static constexpr std::uint64_t kDefault = std::uint64_t{4} << 30;

  explicit MemoryBudget(std::uint64_t limit) : limit_(limit) {}
  /// The one of whoever brings none.
  static const std::shared_ptr<MemoryBudget>& standard();

  std::uint64_t limit() const { return limit_; }
  std::uint64_t used() const;

 private:
  friend class MemoryShare;

  void take(std::uint64_t held, std::uint64_t more);
  void give_back(std::uint64_t bytes);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  const std::uint64_t limit_;
  std::uint64_t used_ = 0;
  std::int64_t holders_ = 0, growing_ = 0;
};

/// What one file takes of a budget, given back at the end.
class MemoryShare {
 public:
  explicit MemoryShare(std::shared_ptr<MemoryBudget> budget) : budget_(std::move(budget)) {}
  ~MemoryShare() { give_back(); }
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;

  /// Waits until there are `bytes` more. Where all who hold some wait for more, one goes on beyond
  /// the limit, so that nobody waits for ever. Throws `data`, naming `name`, where the file alone
  /// would take more than the limit.
  void take(std::uint64_t bytes, const std::string& name);
  void give_back();
  std::uint64_t held() const { return held_; }

 private:
  std::shared_ptr<MemoryBudget> budget_;
  std::uint64_t held_ = 0;
};

}  // namespace attune
