#include "attune/data/image/image_scan.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/progress.h"
#include "attune/base/text/strings.h"
#include "attune/base/threads.h"
#include "attune/data/image/equal_pixels.h"
#include "attune/media/image/perceptual_hash.h"

namespace attune {
namespace {

constexpr std::size_t kShownNames = 10;

std::string key_of(const ImageDataset& data, std::int64_t example) {
  const ImageExample& item = data.examples[static_cast<std::size_t>(example)];
  if (item.block < 0) return item.path;
  const ImageBlock& block = data.blocks[static_cast<std::size_t>(item.block)];
  return fmt::format("{}[{}]", block.name, item.index);
}

/// A thirteenth of the time of decoding a JPEG: the frequencies read each sample once, and their
/// key alone says which few pictures are to be compared sample by sample.
PictureLook look_at(const Picture& picture) {
  const LowFrequencies frequencies = low_frequencies(picture);
  return {.hash = perceptual_hash(frequencies),
          .likeness = likeness_key(picture, frequencies),
          .is_constant = is_constant(picture)};
}

ScannedPicture scan_picture(const ImageDataset& data, std::int64_t example,
                            const PictureOptions& pictures, bool look) {
  try {
    const ImageExample& item = data.examples[static_cast<std::size_t>(example)];
    const auto seen = [&](const ReadPicture& file) -> ScannedPicture {
      const Picture& picture = file.picture;
      ScannedPicture result{.size = size_of(picture),
                            .hash = {},
                            .is_deep = is_deep(picture),
                            .is_mislabelled = file.is_mislabelled,
                            .mode = file.mode};
      if (look) {
        result.look = look_at(picture);
      } else {
        // A digest that checkpoints keep. It takes a third of the time of decoding a JPEG.
        result.hash = pixel_hash(picture);
      }
      return result;
    };
    // A block holds samples, not files: there is nothing to decode and no name that may mislead.
    if (item.block >= 0) return seen({.picture = read_picture(data, example, pictures)});
    return seen(PictureFile(item.path).read(pictures));
  } catch (const Error& error) {
    // Whoever lists problems names the file too.
    const std::string text = error.what();
    const std::string file = data.examples[static_cast<std::size_t>(example)].path + ": ";
    return {.problem = text.starts_with(file) ? text.substr(file.size()) : text};
  }
}

struct Unseen {
  const ImageDataset* data;
  std::int64_t example;
  ScannedPicture* result;
};

void scan_unseen(std::span<const Unseen> unseen, const PictureOptions& pictures, bool look,
                 std::int64_t threads) {
  const auto total = static_cast<std::int64_t>(unseen.size());
  std::atomic<std::int64_t> done = 0;
  parallel_for(total, 1, static_cast<int>(threads), [&](auto begin, auto end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      *unseen[i].result = scan_picture(*unseen[i].data, unseen[i].example, pictures, look);
      // Threads finish in any order; the one that passes a multiple tells it, so that none is told
      // twice.
      const std::int64_t now = ++done;
      if (now % 256 == 0 || now == total) {
        report_progress({.activity = "check pictures",
                         .done = now,
                         .total = total,
                         .unit = "pictures",
                         .finished = now == total});
      }
    }
  });
}

/// Of all pictures, those of earlier calls too.
void number_equal(std::span<const std::pair<std::string, ImageDataset*>> parts,
                  const std::vector<std::vector<ScannedPicture*>>& seen,
                  const PictureOptions& pictures, std::int64_t threads) {
  std::vector<LookedAt> looked;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    for (std::size_t i = 0; i < seen[p].size(); ++i) {
      if (!seen[p][i]->look) continue;
      looked.push_back({parts[p].second, static_cast<std::int64_t>(i), &*seen[p][i]->look});
    }
  }
  number_pixels(std::move(looked), pictures, threads);
}

void warn_of_mislabelled(std::span<const std::pair<std::string, ImageDataset*>> parts,
                         const std::vector<std::vector<ScannedPicture*>>& seen) {
  std::vector<std::string> names;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    for (std::size_t i = 0; i < seen[p].size(); ++i) {
      if (!seen[p][i]->is_mislabelled) continue;
      names.push_back(parts[p].second->source_name(static_cast<std::int64_t>(i)));
    }
  }
  // One warning for all: a folder that was converted has thousands of such files.
  if (names.empty()) return;
  const std::size_t count = names.size();
  names.resize(std::min(count, kShownNames));
  log_warning(
      "{} files are of another format than their names say; they are read as what they "
      "are: {}{}",
      count, join(names, ", "), count > kShownNames ? ", ..." : "");
}

/// Takes what cannot be used out of `data`, whose examples are `seen`.
ImageScan keep_usable(ImageDataset& data, std::span<ScannedPicture* const> seen) {
  ImageScan scan;
  std::vector<std::int64_t> good;
  std::vector<BadRow> bad;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto example = static_cast<std::int64_t>(i);
    if (!seen[i]->problem.empty()) {
      bad.push_back({.file = data.source_name(example), .reason = seen[i]->problem});
      continue;
    }
    if (seen[i]->is_mislabelled) scan.mislabelled.push_back(std::ssize(good));
    good.push_back(example);
    scan.sizes.push_back(seen[i]->size);
    scan.modes.push_back(seen[i]->mode);
    scan.has_deep = scan.has_deep || seen[i]->is_deep;
    if (seen[i]->look) {
      scan.looks.push_back(*seen[i]->look);
    } else {
      scan.hashes.push_back(seen[i]->hash);
    }
  }
  // The usual case, in which a copy of the data set would be for nothing.
  if (bad.empty()) return scan;
  // Rows that the table's reader left out before stay listed, in front.
  ImageDataset rest = data.subset(good);
  rest.bad_rows = std::move(data.bad_rows);
  rest.bad_rows.insert(rest.bad_rows.end(), bad.begin(), bad.end());
  rest.skipped_files = std::move(data.skipped_files);
  data = std::move(rest);
  return scan;
}

}  // namespace

std::vector<ImageScan> scan_images(std::span<const std::pair<std::string, ImageDataset*>> parts,
                                   const PictureOptions& pictures, OnBadRow on_bad_row,
                                   std::int64_t threads, ScannedPictures& known, bool look) {
  std::vector<Unseen> unseen;
  std::vector<std::vector<ScannedPicture*>> seen(parts.size());
  std::int64_t total = 0;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const ImageDataset& data = *parts[p].second;
    total += data.size();
    for (std::int64_t n = 0; n < data.size(); ++n) {
      // References into an unordered_map stay valid when it grows: threads may fill entries found
      // before.
      const auto [entry, is_new] = known.try_emplace(key_of(data, n));
      if (is_new) unseen.push_back({&data, n, &entry->second});
      seen[p].push_back(&entry->second);
    }
  }
  scan_unseen(unseen, pictures, look, threads);
  if (look) number_equal(parts, seen, pictures, threads);
  // One error for all parts: mending the training part only to hear of the test part is twice the
  // wait.
  BadRowCollector problems(on_bad_row);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    for (std::size_t i = 0; i < seen[p].size(); ++i) {
      if (seen[p][i]->problem.empty()) continue;
      problems.add({.file = parts[p].second->source_name(static_cast<std::int64_t>(i)),
                    .reason = seen[p][i]->problem});
    }
  }
  problems.finish("pictures", total, "");
  if (!look) warn_of_mislabelled(parts, seen);
  std::vector<ImageScan> scans;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    scans.push_back(keep_usable(*parts[p].second, seen[p]));
  }
  return scans;
}

}  // namespace attune
