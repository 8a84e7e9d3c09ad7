// What a source of bytes gives, for comparison.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "attune/base/error.h"
#include "attune/data/readers/byte_source.h"

/// Everything that is read in pieces of `piece` bytes, up to `limit` and one piece, and the error
/// that ends it, if one does.
struct SourceContent {
  std::string bytes, error;
  bool operator==(const SourceContent&) const = default;
};

inline SourceContent read_all(const std::function<std::unique_ptr<attune::ByteSource>()>& open,
                              std::size_t piece, std::size_t limit) {
  SourceContent content;
  try {
    const auto source = open();
    std::string buffer(piece, '\0');
    while (content.bytes.size() < limit) {
      const std::size_t got = source->read(buffer.data(), piece);
      if (got > piece) std::abort();
      if (got == 0) break;
      content.bytes.append(buffer, 0, got);
    }
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) std::abort();
    content.error = error.what();
  }
  // Pieces end at other places: what is behind the limit is none's.
  if (content.bytes.size() >= limit) content = {content.bytes.substr(0, limit), ""};
  return content;
}
