#include "attune/data/fingerprint.h"

#include <atomic>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "attune/base/coding/hash.h"
#include "attune/base/disk/input_file.h"
#include "attune/base/error.h"
#include "attune/base/progress.h"
#include "attune/base/threads.h"
#include "attune/data/image/pictures/picture_reader.h"

namespace attune {
namespace {

/// Of a file's bytes, or of the pixels of a picture in a block; "" where the file cannot be read.
std::string content_hash(const ImageDataset& pictures, std::int64_t n) {
  const ImageExample& item = pictures.examples[static_cast<std::size_t>(n)];
  if (item.block >= 0) {
    return pixel_hash(pictures.blocks[static_cast<std::size_t>(item.block)].image(item.index));
  }
  try {
    return sha256_hex(read_file(item.path, kMaxPictureBytes));
  } catch (const Error&) {
    return "";
  }
}

std::string text_of(const TextExample& example) {
  return example.text + "\t" + example.text_pair.value_or("");
}

/// As Contents has them; "" where nothing could be read.
std::string key_of(const std::string& hash) {
  return hash.substr(0, 16);
}

/// `content` stands for what example n shows. Labels that are not known are part of those data sets
/// that can have them.
template <typename Dataset, typename Content>
std::string fingerprint_of(const Dataset& dataset, const Content& content) {
  Hasher hasher(HashAlgorithm::sha256);
  for (std::size_t n = 0; n < dataset.examples.size(); ++n) {
    const auto& example = dataset.examples[n];
    hasher.update(content(n));
    hasher.update(fmt::format("\t{}\t{}", example.label, fmt::join(example.label_set, ",")));
    if constexpr (requires { example.label_unknown; }) {
      hasher.update(fmt::format("\t{}", fmt::join(example.label_unknown, ",")));
    }
    hasher.update(fmt::format("\t{}\n", example.target));
  }
  return hasher.hex_digest();
}

}  // namespace

std::string fingerprint(const TextDataset& texts) {
  return fingerprint_of(texts, [&](std::size_t n) { return text_of(texts.examples[n]); });
}

std::string fingerprint(const ImageDataset& pictures, std::span<const std::string> hashes) {
  check(hashes.empty() || std::ssize(hashes) == pictures.size(), ErrorKind::internal,
        "{} hashes for {} pictures", hashes.size(), pictures.size());
  return fingerprint_of(pictures, [&](std::size_t n) {
    return hashes.empty() ? pictures.source_name(static_cast<std::int64_t>(n)) : hashes[n];
  });
}

Contents contents_of(const TextDataset& texts) {
  Contents contents{.fingerprint = fingerprint(texts), .keys = {}};
  contents.keys.reserve(texts.examples.size());
  for (const TextExample& example : texts.examples) {
    contents.keys.push_back(key_of(sha256_hex(text_of(example))));
  }
  return contents;
}

namespace {

/// Hashes `count` files by `hash(n)` on all threads; `unit` is for people: "pictures".
template <typename Hash>
std::vector<std::string> hash_all(std::int64_t count, const std::string& unit, const Hash& hash) {
  std::vector<std::string> hashes(static_cast<std::size_t>(count));
  const std::string activity = "hash " + unit;
  std::atomic<std::int64_t> done = 0;
  parallel_for(count, 1, 0, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      hashes[static_cast<std::size_t>(n)] = hash(n);
      const std::int64_t now = ++done;
      if (now % 256 != 0 && now != count) continue;
      report_progress({.activity = activity,
                       .done = now,
                       .total = count,
                       .unit = unit,
                       .finished = now == count});
    }
  });
  return hashes;
}

/// Of a file of any size; "" where it cannot be read.
std::string file_hash(const std::string& path) {
  try {
    InputFile file{fs::path(path)};
    Hasher hasher(HashAlgorithm::sha256);
    std::vector<char> bytes(1 << 18);
    while (const std::size_t got = file.read(bytes.data(), bytes.size())) {
      hasher.update(std::string_view(bytes.data(), got));
    }
    return hasher.hex_digest();
  } catch (const Error&) {
    return "";
  }
}

/// What a clip sounds like, by the hash of its recording.
std::string clip_content(const AudioExample& clip, const std::string& hash) {
  return fmt::format("{}\t{}\t{}", hash, clip.begin, clip.end.value_or(-1));
}

}  // namespace

Contents contents_of(const ImageDataset& pictures) {
  const std::vector<std::string> hashes =
      hash_all(pictures.size(), "pictures", [&](auto n) { return content_hash(pictures, n); });
  Contents contents{.fingerprint = fingerprint(pictures, hashes), .keys = {}};
  contents.keys.reserve(hashes.size());
  for (const std::string& hash : hashes) contents.keys.push_back(key_of(hash));
  return contents;
}

std::string fingerprint(const AudioDataset& clips, std::span<const std::string> hashes) {
  check(std::ssize(hashes) == clips.size(), ErrorKind::internal, "{} hashes for {} clips",
        hashes.size(), clips.size());
  Hasher hasher(HashAlgorithm::sha256);
  for (std::size_t n = 0; n < clips.examples.size(); ++n) {
    hasher.update(clip_content(clips.examples[n], hashes[n]) + "\t" + clips.examples[n].text +
                  "\n");
  }
  return hasher.hex_digest();
}

Contents contents_of(const AudioDataset& clips) {
  // A long recording holds thousands of clips.
  std::unordered_map<std::string_view, std::size_t> numbers;
  std::vector<std::string> paths;
  for (const AudioExample& clip : clips.examples) {
    if (numbers.try_emplace(clip.path, paths.size()).second) paths.push_back(clip.path);
  }
  const std::vector<std::string> of_files =
      hash_all(std::ssize(paths), "recordings",
               [&](std::int64_t n) { return file_hash(paths[static_cast<std::size_t>(n)]); });
  std::vector<std::string> hashes;
  Contents contents;
  for (const AudioExample& clip : clips.examples) {
    hashes.push_back(of_files[numbers.at(clip.path)]);
    contents.keys.push_back(
        hashes.back().empty() ? "" : key_of(sha256_hex(clip_content(clip, hashes.back()))));
  }
  contents.fingerprint = fingerprint(clips, hashes);
  return contents;
}

Contents contents_of(const BoxDataset& pictures) {
  const std::vector<std::string> hashes =
      hash_all(pictures.size(), "pictures", [&](std::int64_t n) {
        return file_hash(pictures.examples[static_cast<std::size_t>(n)].path);
      });
  Hasher hasher(HashAlgorithm::sha256);
  for (const std::string& name : pictures.label_names) hasher.update(name + "\n");
  Contents contents;
  for (std::size_t n = 0; n < hashes.size(); ++n) {
    hasher.update(hashes[n]);
    for (const LabelledBox& box : pictures.examples[n].boxes) {
      hasher.update(fmt::format("\t{} {} {} {} {} {} {} {}", box.class_id, box.box.left,
                                box.box.top, box.box.right, box.box.bottom, box.crowd,
                                box.difficult, box.area));
    }
    hasher.update("\n");
    contents.keys.push_back(key_of(hashes[n]));
  }
  contents.fingerprint = hasher.hex_digest();
  return contents;
}

}  // namespace attune
