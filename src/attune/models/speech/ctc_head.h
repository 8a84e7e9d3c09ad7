#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attune/media/text/ctc/ctc_vocabulary.h"
#include "attune/models/speech/ctc_model.h"

namespace attune {

/// What becomes of a checkpoint's CTC head where a user asks for another one.
struct CtcHeadRows {
  bool fresh = false;  ///< begun anew, but for `rows`
  /// The checkpoint's row for each output, -1 where it has none; empty: of a fresh head none, else
  /// all, as they stand.
  std::vector<std::int64_t> rows = {};
};

/// The rows of a head of `known_size` outputs with the blank `known_blank` that become those of
/// `head`. Of symbols that are there twice none is kept: which is meant nobody knows. Throws `user`
/// where `head` contradicts itself.
CtcHeadRows ctc_head_rows(const CtcHeadOptions& head, std::int64_t known_size,
                          std::int64_t known_blank);

/// Asks for a head that writes `wanted`. `known` is the vocabulary of the checkpoint's head, null
/// where there is none: its rows are kept for symbols of the same meaning. Unknown, begin, end and
/// word delimiter may have other names, and where both vocabularies know one case alone, letters
/// are the same in both: an English model that writes capitals serves small letters.
void ask_for_symbols(const CtcVocabulary& wanted, const CtcVocabulary* known, CtcHeadOptions& head);

}  // namespace attune
