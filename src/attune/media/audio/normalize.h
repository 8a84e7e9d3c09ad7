#pragma once

#include <span>

namespace attune {

/// Mean 0 and variance 1, in place: (x - mean) / sqrt(variance + 1e-7) with the population's
/// variance, as transformers' Wav2Vec2FeatureExtractor does to each clip before it is padded.
void normalize_waveform(std::span<float> samples);

}  // namespace attune
