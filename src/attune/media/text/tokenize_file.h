#pragma once

#include "attune/base/files.h"
#include "attune/media/text/tokenizer.h"

namespace attune {

/// `attune tokenize`: for each line of the UTF-8 text file `input` a line of JSON in `output`:
///
///     {"ids": [101, 7592, 102], "tokens": ["[CLS]", "hello", "[SEP]"], "offsets": [[0, 0], [0, 5],
///     [0, 0]]}
///
/// Offsets count code points of the line; the line's end ("\n" or "\r\n") is not part of it.
/// Nothing is cut or filled up. Works in chunks, so that a file may be larger than memory;
/// `threads` 0 means all cores. `output` appears only when it is complete. Throws `data` naming the
/// line for invalid UTF-8.
void tokenize_file(const Tokenizer& tokenizer, const fs::path& input, const fs::path& output,
                   int threads = 0);

}  // namespace attune
