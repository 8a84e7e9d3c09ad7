#pragma once

#include "attune/data/audio/audio_parts.h"
#include "attune/data/check/finding.h"

namespace attune {

/// What transcripts hold beside letters, which a model that writes down sounds cannot learn, or
/// only by guessing: digits, brackets, symbols, punctuation (apostrophes and hyphens within words
/// aside); letters of scripts that make less than a hundredth of them; and words with letters of
/// two scripts, which look alike but are other symbols. A finding each, with the characters, their
/// counts and clips that have them.
void find_odd_characters(const AudioParts& parts, DataCheck& check);

}  // namespace attune
