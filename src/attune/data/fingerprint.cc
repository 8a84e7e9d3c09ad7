#include "attune/data/fingerprint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"

namespace attune {
namespace {

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
  return fingerprint_of(texts, [&](std::size_t n) {
    return texts.examples[n].text + "\t" + texts.examples[n].text_pair.value_or("");
  });
}

std::string fingerprint(const ImageDataset& pictures, std::span<const std::string> hashes) {
  check(hashes.empty() || std::ssize(hashes) == pictures.size(), ErrorKind::internal,
        "{} hashes for {} pictures", hashes.size(), pictures.size());
  return fingerprint_of(pictures, [&](std::size_t n) {
    return hashes.empty() ? pictures.source_name(static_cast<std::int64_t>(n)) : hashes[n];
  });
}

}  // namespace attune
