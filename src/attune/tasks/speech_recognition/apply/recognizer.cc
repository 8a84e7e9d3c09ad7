#include "attune/tasks/speech_recognition/apply/recognizer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/threads.h"
#include "attune/data/audio/recordings/clip_reader.h"
#include "attune/data/audio/recordings/clip_stream.h"
#include "attune/feed/audio/waveforms.h"
#include "attune/nn/device.h"
#include "attune/tasks/speech_recognition/speech_feed.h"

namespace attune {
namespace {

/// Runs `work`; keeps what is wrong with a recording where it is not to stop the others.
template <typename Work>
void guard(std::string* problem, const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    if (problem == nullptr) throw;
    *problem = error.what();
  }
}

}  // namespace

double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

Recognizer::Recognizer(const OpenedSpeechModel& opened, const Options& options)
    : opened_(opened), options_(options) {
  check(2 * options.stride_seconds < options.chunk_seconds, ErrorKind::user,
        "--stride-seconds {} on both sides leave nothing of --chunk-seconds {}: make the chunks "
        "longer or the strides shorter",
        options.stride_seconds, options.chunk_seconds);
  const auto rate = static_cast<double>(opened.processor.sampling_rate());
  chunks_ = {.chunk_samples = std::llround(options.chunk_seconds * rate),
             .stride_samples = std::llround(options.stride_seconds * rate),
             .frame_step = opened.model->info().frame_stride,
             .frame_samples = least_samples(*opened.model)};
  plan_chunks(2 * chunks_.chunk_samples, chunks_);  // refuses what leaves no frame
}

double Recognizer::seconds_per_frame() const {
  return static_cast<double>(chunks_.frame_step) /
         static_cast<double>(opened_.processor.sampling_rate());
}

/// Clips at the model's rate, not normalised: logits end to end, on the CPU.
at::Tensor Recognizer::run(std::vector<std::vector<float>> clips) const {
  const at::NoGradGuard no_grad;
  for (std::vector<float>& clip : clips) {
    opened_.processor.normalize(clip);
    // Too short for a frame: padded as a batch would be.
    if (std::ssize(clip) < chunks_.frame_samples) {
      clip.resize(static_cast<std::size_t>(chunks_.frame_samples));
    }
  }
  PackedAudio audio = pack_waveforms(clips);
  audio.samples = audio.samples.to(device_of(*opened_.model));
  return opened_.model->forward(audio).to(at::kFloat).cpu();
}

RecordingScores Recognizer::scores_of_long(const AudioExample& clip) const {
  const std::int64_t rate = opened_.processor.sampling_rate();
  const std::int64_t total = count_samples(clip, rate);
  // Nothing said is another answer than nothing there.
  check(total > 0, ErrorKind::data, "{}: {}", piece_name(clip),
        clip.begin > 0 ? "the recording ends before" : "the recording holds no sample");
  ClipStream stream(clip, rate);
  std::vector<float> held;
  std::int64_t held_from = 0;
  std::vector<at::Tensor> kept;
  for (const AudioChunk& chunk : plan_chunks(total, chunks_)) {
    check_stop();
    const auto end = chunk.first_sample + chunk.samples;
    stream.read(end - held_from - std::ssize(held), held);
    held.erase(held.begin(), held.begin() + (chunk.first_sample - held_from));
    held_from = chunk.first_sample;
    std::vector<float> samples(held.begin(), held.begin() + chunk.samples);
    kept.push_back(run({std::move(samples)}).narrow(0, chunk.skipped, chunk.frames).clone());
  }
  const double seconds = static_cast<double>(total) / static_cast<double>(rate);
  if (kept.empty()) return {run({{}}), seconds};  // shorter than a frame
  return {at::cat(kept), seconds};
}

/// What is read of clips that are longer than a chunk stays empty.
void Recognizer::read_short(std::span<const AudioExample> clips,
                            std::span<std::vector<float>> waves,
                            std::vector<std::string>* problems) const {
  parallel_for(std::ssize(clips), 1, static_cast<int>(options_.threads),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t n = begin; n < end; ++n) {
                   const auto i = static_cast<std::size_t>(n);
                   if (is_long(clips[i])) continue;
                   guard(problems == nullptr ? nullptr : &(*problems)[i], [&] {
                     waves[i] =
                         resample(read_clip(clips[i]), opened_.processor.sampling_rate()).samples;
                   });
                 }
               });
}

/// What is packed comes out as it does alone: batches are made of whatever lies together.
void Recognizer::run_batches(std::vector<std::vector<float>> waves,
                             std::vector<RecordingScores>& result) const {
  const auto rate = static_cast<double>(opened_.processor.sampling_rate());
  std::vector<std::size_t> order;
  for (std::size_t n = 0; n < waves.size(); ++n) {
    if (!waves[n].empty()) order.push_back(n);
  }
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    check_stop();
    std::vector<std::vector<float>> batch;
    Segments samples;
    const auto length = [&](std::size_t n) {
      return std::max(chunks_.frame_samples, std::ssize(waves[order[n]]));
    };
    while (end < order.size() &&
           (end == begin ||
            static_cast<double>(samples.rows() + length(end)) <= options_.batch_seconds * rate)) {
      std::vector<float>& wave = waves[order[end]];
      result[order[end]].seconds = static_cast<double>(wave.size()) / rate;
      samples.offsets.push_back(samples.rows() + length(end));
      batch.push_back(std::move(wave));
      ++end;
    }
    const Segments frames = opened_.model->frames(samples);
    const at::Tensor logits = run(std::move(batch));
    for (std::size_t n = begin; n < end; ++n) {
      const auto i = static_cast<std::int64_t>(n - begin);
      result[order[n]].logits = logits.narrow(0, frames.offsets[n - begin], frames.length(i));
    }
  }
}

std::vector<RecordingScores> Recognizer::scores(std::span<const AudioExample> clips,
                                                std::vector<std::string>* problems) const {
  std::vector<RecordingScores> result(clips.size());
  std::vector<std::vector<float>> waves(clips.size());
  if (problems != nullptr) problems->assign(clips.size(), "");
  read_short(clips, waves, problems);
  run_batches(std::move(waves), result);
  for (std::size_t n = 0; n < clips.size(); ++n) {
    if (!is_long(clips[n])) continue;
    guard(problems == nullptr ? nullptr : &(*problems)[n],
          [&] { result[n] = scores_of_long(clips[n]); });
  }
  return result;
}

}  // namespace attune
