#include "attune/media/audio/normalize.h"

#include <cmath>

namespace attune {

void normalize_waveform(std::span<float> samples) {
  if (samples.empty()) return;
  const auto count = static_cast<double>(samples.size());
  double sum = 0, squares = 0;
  for (const float x : samples) sum += x;
  const double mean = sum / count;
  for (const float x : samples) squares += (x - mean) * (x - mean);
  const double scale = 1 / std::sqrt(squares / count + 1e-7);
  for (float& x : samples) x = static_cast<float>((x - mean) * scale);
}

}  // namespace attune
