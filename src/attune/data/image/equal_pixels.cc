#include "attune/data/image/equal_pixels.h"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "attune/base/coding/hash.h"
#include "attune/base/files.h"
#include "attune/base/threads.h"

namespace attune {
namespace {

/// A picture whose likeness another has.
struct Alike {
  LookedAt picture;
  std::string file = {};    ///< digest of its bytes
  std::string pixels = {};  ///< digest; "" where all that are alike are copies of one file
};

/// Digest of a file's bytes, or of the samples of what is no file.
std::string digest_of_source(const LookedAt& picture, const PictureOptions& options) {
  const ImageExample& item = picture.data->examples[static_cast<std::size_t>(picture.example)];
  if (item.block >= 0) return pixel_hash(read_picture(*picture.data, picture.example, options));
  return sha256_hex(read_file(item.path, kMaxPictureBytes));
}

void read_again(std::vector<Alike>& alike, const PictureOptions& options, std::int64_t threads) {
  const auto each = [&](const auto& work) {
    parallel_for(std::ssize(alike), 1, static_cast<int>(threads), [&](auto begin, auto end) {
      for (auto i = begin; i < end; ++i) work(alike[static_cast<std::size_t>(i)]);
    });
  };
  each([&](Alike& one) { one.file = digest_of_source(one.picture, options); });
  // Most pictures that are equal are copies of a file, for which a decode would be for nothing.
  std::unordered_map<std::uint64_t, std::string> first_file;
  std::unordered_map<std::uint64_t, bool> differ;
  for (const Alike& one : alike) {
    const std::uint64_t likeness = one.picture.look->likeness;
    const auto [first, is_new] = first_file.try_emplace(likeness, one.file);
    differ[likeness] |= first->second != one.file;
  }
  each([&](Alike& one) {
    if (!differ.at(one.picture.look->likeness)) return;
    one.pixels = pixel_hash(read_picture(*one.picture.data, one.picture.example, options));
  });
}

}  // namespace

void number_pixels(std::vector<LookedAt> pictures, const PictureOptions& options,
                   std::int64_t threads) {
  std::unordered_map<std::uint64_t, std::int64_t> count;
  for (const LookedAt& picture : pictures) ++count[picture.look->likeness];
  std::uint64_t last = 0;
  std::vector<Alike> alike;
  for (const LookedAt& picture : pictures) {
    if (count[picture.look->likeness] > 1) {
      alike.push_back({picture});
    } else {
      picture.look->pixels = ++last;
    }
  }
  read_again(alike, options, threads);
  std::map<std::pair<std::uint64_t, std::string>, std::uint64_t> numbers;
  for (const Alike& one : alike) {
    const auto [number, is_new] =
        numbers.try_emplace({one.picture.look->likeness, one.pixels}, last + 1);
    if (is_new) ++last;
    one.picture.look->pixels = number->second;
  }
}

}  // namespace attune
