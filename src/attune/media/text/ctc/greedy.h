#pragma once

#include <cstdint>
#include <span>

#include "attune/media/text/ctc/ctc_alphabet.h"

namespace attune {

/// The most probable output of each frame, repeats collapsed, blanks dropped (Graves et al. 2006,
/// best path decoding); as transformers' Wav2Vec2CTCTokenizer decodes. `scores`: [frames, labels],
/// logits or logarithms of probabilities, which are their softmax; scores of the result are sums of
/// theirs. Of equal ones the first label counts. Throws `user` where sizes do not fit, `data` for
/// NaN.
CtcText decode_greedily(std::span<const float> scores, const CtcAlphabet& alphabet);

}  // namespace attune
