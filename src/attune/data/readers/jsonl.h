#pragma once

#include <memory>

#include "attune/data/readers/byte_source.h"
#include "attune/data/readers/row_reader.h"

namespace attune {

/// Reads JSON Lines: one object a line, blank lines skipped; or, where it begins with a bracket,
/// one array of objects, which is streamed too. Strings are given as their text, numbers in their
/// shortest form ("3", "3.0", "0.1"), `true`, `false`, and null as "". A line or element that is no
/// valid JSON object, lacks or repeats a selected key, or has a nested value under one (see
/// `ColumnRequest::allow_array`) has a `problem`; other keys may hold anything. Throws `data` for
/// an empty file, one whose first lines hold no valid object, and an array that is cut off or
/// followed by more.
std::unique_ptr<RowReader> open_jsonl(std::unique_ptr<ByteSource> source,
                                      std::size_t chunk_bytes = std::size_t{1} << 18);

}  // namespace attune
