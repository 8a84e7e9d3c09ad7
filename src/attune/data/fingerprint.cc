#include "attune/data/fingerprint.h"

#include <atomic>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "attune/base/coding/hash.h"
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

Contents contents_of(const ImageDataset& pictures) {
  std::vector<std::string> hashes(pictures.examples.size());
  std::atomic<std::int64_t> done = 0;
  parallel_for(pictures.size(), 1, 0, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      hashes[static_cast<std::size_t>(n)] = content_hash(pictures, n);
      const std::int64_t now = ++done;
      if (now % 256 != 0 && now != pictures.size()) continue;
      report_progress({.activity = "hash pictures",
                       .done = now,
                       .total = pictures.size(),
                       .unit = "pictures",
                       .finished = now == pictures.size()});
    }
  });
  Contents contents{.fingerprint = fingerprint(pictures, hashes), .keys = {}};
  contents.keys.reserve(hashes.size());
  for (const std::string& hash : hashes) contents.keys.push_back(key_of(hash));
  return contents;
}

}  // namespace attune
