// Steps of wav2vec 2.0 base with random weights on one thread, as JSON, in seconds. The peer is
// bench/speech_model_peer.py.
//
//   speech_model_bench fp32|bf16 SECONDS...    the lengths of the clips of the batch
#include <cstdlib>
#include <string_view>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "attune/kernels/linear.h"
#include "attune/kernels/runtime/tensor_memory.h"
#include "attune/models/wav2vec2/wav2vec2_load.h"
#include "attune/nn/init.h"
#include "attune/nn/noise.h"
#include "measure.h"

namespace {

using namespace attune;

constexpr std::int64_t kRate = 16'000, kLettersASecond = 15;

int run(int count, char** arguments) {
  check(count > 2, ErrorKind::user, "usage: speech_model_bench fp32|bf16 SECONDS...");
  const Bf16Scope products(std::string_view(arguments[1]) == "bf16");
  at::set_num_threads(1);
  reuse_tensor_memory();  // as the program does
  Wav2Vec2ForCTC model{Wav2Vec2Config{}};
  initialize_wav2vec2(model, 1, [](std::string_view) { return true; });
  PackedAudio audio;
  Segments labels;
  for (int i = 2; i < count; ++i) {
    const std::int64_t seconds = std::atoi(arguments[i]);
    audio.clips.offsets.push_back(audio.clips.rows() + seconds * kRate);
    labels.offsets.push_back(labels.rows() + seconds * kLettersASecond);
  }
  audio.samples = at::zeros({audio.clips.rows()});
  nn::fill_normal(audio.samples, 1.0, Rng(1, "samples"));
  const at::Tensor symbols = at::ones({labels.rows()}, at::kLong) * 5;

  const auto measured = [](const auto& call) {
    return bench::median_seconds(call, 3, bench::thread_seconds);
  };
  const auto step = [&](std::int64_t first) {
    const NoiseScope noise(1, 0, 0, 0);
    at::Tensor state;
    if (first > 0) {
      const at::NoGradGuard no_grad;
      state = model.run(audio, {}, 0, first).only();
    }
    const auto groups = static_cast<std::int64_t>(model.depth_groups().size());
    const at::Tensor logits = model.run(audio, state, first, groups).only();
    ctc_loss(logits, model.frames(audio.clips).offsets, symbols, labels.offsets, 0, true)
        .sum()
        .backward();
    model.zero_grad();
  };
  model.eval();
  const double features = measured([&] {
    const at::NoGradGuard no_grad;
    model.run(audio, {}, 0, 1);
  });
  const double inference = measured([&] {
    const at::NoGradGuard no_grad;
    model.forward(audio);
  });
  model.train();
  const double frozen = measured([&] { step(1); }), whole = measured([&] { step(0); });
  fmt::print(
      "{{\"features\": {:.2f}, \"inference\": {:.2f}, \"step_frozen_features\": {:.2f}, "
      "\"step\": {:.2f}}}\n",
      features, inference, frozen, whole);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return attune::bench::run_program(run, argc, argv);
}
