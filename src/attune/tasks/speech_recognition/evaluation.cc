#include "attune/tasks/speech_recognition/evaluation.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/progress.h"
#include "attune/data/sampler.h"
#include "attune/data/split/groups.h"
#include "attune/kernels/ctc_loss.h"
#include "attune/tasks/run/evaluation_mode.h"

namespace attune {
namespace {

constexpr std::int64_t kBatchesAhead = 3;  // the one being computed among them
constexpr std::int64_t kResamples = 1000;
// Of the intervals: not that of a run, so that `evaluate` gives the numbers of training again.
constexpr std::uint64_t kSeed = 42;
constexpr std::int64_t kLeastSpeakers = 5;
/// What ErrorRates::intervals is of.
constexpr std::array<const char*, 2> kRates = {"wer", "cer"};

}  // namespace

std::vector<MetricInfo> speech_metrics() {
  std::vector<MetricInfo> infos = {{"loss", kFalls, kHeadline}};
  for (MetricInfo& info : ErrorRates::infos()) infos.push_back(std::move(info));
  return infos;
}

SpeechEvaluator::SpeechEvaluator(CtcModel& model, const AudioDataset& data,
                                 const AudioProcessor& processor, const CtcVocabulary& vocabulary,
                                 const SpeechDecoder& decoder, const SpeechFeed::Options& feed)
    : model_(model),
      data_(data),
      processor_(processor),
      decoder_(decoder),
      targets_(targets_of(data, vocabulary)),
      source_(data, processor.sampling_rate()),
      feed_(model, processor, source_, data.size(), feed) {}

void SpeechEvaluator::take_batch(std::span<const std::int64_t> examples,
                                 std::int64_t first_trained_group, SpeechEvaluation& result,
                                 Losses& losses) {
  // What is evaluated is the same in every epoch.
  const SpeechBatch batch = feed_.batch(examples, {.first_trained_group = first_trained_group});
  const auto groups = static_cast<std::int64_t>(model_.depth_groups().size());
  // Scores are judged on the CPU, wherever the model runs.
  const at::Tensor logits =
      model_.run(batch.audio, batch.state, first_trained_group, groups).only().cpu();
  const Segments frames = model_.frames(batch.audio.clips);
  PackedLabels labels;
  for (const std::int64_t example : examples) {
    labels.add(targets_.labels[static_cast<std::size_t>(example)]);
  }
  labels.pack();
  const at::Tensor each =
      ctc_loss(logits, frames.offsets, labels.labels, labels.offsets, targets_.blank, false);
  const std::vector<CtcText> texts = decoder_.decode(logits, frames);
  for (std::size_t n = 0; n < examples.size(); ++n) {
    result.hypotheses[static_cast<std::size_t>(examples[n])] = texts[n].text();
    const double loss = each.const_data_ptr<float>()[n];
    if (!std::isfinite(loss)) continue;  // too short for its transcript
    const std::int64_t length = labels.offsets[n + 1] - labels.offsets[n];
    losses.sum += loss / static_cast<double>(std::max<std::int64_t>(1, length));
    ++losses.count;
  }
}

void SpeechEvaluator::add_intervals(SpeechEvaluation& result) const {
  // Of few speakers most draws hold the same ones: their interval would say less than it seems to.
  const bool by_speaker = count_groups(data_) >= kLeastSpeakers;
  const std::vector<std::int64_t> speakers =
      by_speaker ? group_ids_of(data_) : std::vector<std::int64_t>();
  result.intervals = result.rates.intervals(speakers, kResamples, kSeed);
  Json intervals = {{"drawn_by", by_speaker ? "speaker" : "clip"}};
  std::string text;
  for (std::size_t i = 0; i < result.intervals.size(); ++i) {
    const Estimate& estimate = result.intervals[i];
    if (!std::isfinite(estimate.low)) continue;
    intervals[kRates[i]] = {estimate.low, estimate.high};
    text += fmt::format("  {} {:.4f} to {:.4f}", kRates[i], estimate.low, estimate.high);
  }
  if (text.empty()) return;
  result.tables += fmt::format("95 % intervals, by {}:{}\n", by_speaker ? "speaker" : "clip", text);
  result.details["intervals"] = std::move(intervals);
}

SpeechEvaluation SpeechEvaluator::evaluate(const SpeechEvaluationOptions& options) {
  const auto begun = std::chrono::steady_clock::now();
  const at::NoGradGuard no_grad;
  const EvaluationMode evaluation_mode(model_);
  const auto rate = static_cast<double>(processor_.sampling_rate());
  std::vector<std::int64_t> lengths;
  for (const AudioExample& example : data_.examples) {
    lengths.push_back(std::max<std::int64_t>(1, std::llround(example.seconds * rate)));
  }
  // A clip that is longer than a batch may be goes alone.
  const auto wanted = static_cast<std::int64_t>(std::llround(options.batch_seconds * rate));
  const std::int64_t budget = std::max(wanted, *std::ranges::max_element(lengths));
  const BatchSampler sampler(lengths, {.order = SamplingOrder::by_length, .batch_tokens = budget});
  const EpochBatches batches = sampler.epoch_batches(0);

  SpeechEvaluation result;
  result.infos = speech_metrics();
  result.hypotheses.resize(static_cast<std::size_t>(data_.size()));
  Losses losses;
  std::int64_t announced = 0;
  for (std::int64_t b = 0; b < batches.size(); ++b) {
    check_stop();
    for (; announced < std::min(b + kBatchesAhead, batches.size()); ++announced) {
      feed_.announce(batches[announced], {.first_trained_group = options.first_trained_group});
    }
    take_batch(batches[b], options.first_trained_group, result, losses);
    result.samples += std::ssize(batches[b]);
    report_progress({.activity = options.activity,
                     .done = result.samples,
                     .total = data_.size(),
                     .unit = "clips",
                     .finished = b + 1 == batches.size()});
  }
  // In the order of the data, whatever that of the batches.
  for (std::int64_t n = 0; n < data_.size(); ++n) {
    const auto i = static_cast<std::size_t>(n);
    result.rates.add(data_.examples[i].text, result.hypotheses[i]);
  }
  result.values.add("loss", losses.sum / static_cast<double>(losses.count),
                    "no clip has frames enough for its transcript");
  const MetricValues rates = result.rates.values();
  for (const auto& [name, value] : rates.values) result.values.add(name, value);
  result.values.undefined.insert(result.values.undefined.end(), rates.undefined.begin(),
                                 rates.undefined.end());
  add_intervals(result);
  result.details["clips_too_short"] = data_.size() - losses.count;
  result.runtime = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return result;
}

}  // namespace attune
