#include "attune/data/image/image_scan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/data/image/equal_pixels.h"
#include "attune/data/scan.h"
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
    return {.problem =
                without_file(error.what(), data.examples[static_cast<std::size_t>(example)].path)};
  }
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

/// Adds a picture that can be used.
void keep_picture(const ScannedPicture& picture, ImageScan& scan) {
  if (picture.is_mislabelled) scan.mislabelled.push_back(std::ssize(scan.sizes));
  scan.sizes.push_back(picture.size);
  scan.modes.push_back(picture.mode);
  scan.has_deep = scan.has_deep || picture.is_deep;
  if (picture.look) {
    scan.looks.push_back(*picture.look);
  } else {
    scan.hashes.push_back(picture.hash);
  }
}

}  // namespace

std::vector<ImageScan> scan_images(std::span<const std::pair<std::string, ImageDataset*>> parts,
                                   const PictureOptions& pictures, OnBadRow on_bad_row,
                                   std::int64_t threads, ScannedPictures& known, bool look) {
  const ScanList<ImageDataset, ScannedPicture> list(parts, known, key_of);
  look_at_each(std::ssize(list.unseen), threads, "check pictures", "pictures", [&](std::size_t i) {
    const auto& [data, example, result] = list.unseen[i];
    *result = scan_picture(*data, example, pictures, look);
  });
  if (look) number_equal(parts, list.seen, pictures, threads);
  list.refuse_unusable(parts, on_bad_row);
  if (!look) warn_of_mislabelled(parts, list.seen);
  std::vector<ImageScan> scans(parts.size());
  for (std::size_t p = 0; p < parts.size(); ++p) {
    keep_usable(*parts[p].second, list.seen[p],
                [&](const ScannedPicture& picture) { keep_picture(picture, scans[p]); });
  }
  return scans;
}

}  // namespace attune
