#pragma once

#include <cstdint>

#include "attune/data/split/splits.h"
#include "attune/data/text/text_dataset.h"
#include "attune/data/text/text_options.h"

namespace attune {

using TextParts = DataParts<TextDataset>;

/// The reader's options that the columns ask for. Throws `user` for a delimiter or separator that
/// is not one character.
TextDatasetOptions dataset_options(const TextColumns& columns, const EncodingOption& encoding,
                                   LabelKind kind);

/// Reads what a run learns from, and divides it: as its split column says, or by
/// `validation_split`. What the validation and test set may hold follows from the training set.
/// Throws as the reader does; `user` where the options contradict what the data says, `data` where
/// a group is in two parts.
TextParts load_text_parts(const TextDataOptions& options, const TextColumns& columns,
                          LabelKind kind, std::uint64_t seed);

}  // namespace attune
