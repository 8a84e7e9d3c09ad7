#include "attune/tasks/speech_recognition/step.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include "attune/kernels/ctc_loss.h"

namespace attune {
namespace {

/// A number for each speaker; clips of which none is named are taken for one's.
std::vector<std::int64_t> speakers_of(const AudioDataset& data) {
  std::map<std::string_view, std::int64_t> numbers;
  std::vector<std::int64_t> speakers;
  for (const AudioExample& example : data.examples) {
    speakers.push_back(numbers.emplace(example.group, std::ssize(numbers)).first->second);
  }
  return speakers;
}

}  // namespace

SpeechTargets targets_of(const AudioDataset& data, const CtcVocabulary& vocabulary) {
  SpeechTargets targets{.blank = vocabulary.blank(), .separator = vocabulary.alphabet().separator};
  for (const AudioExample& example : data.examples) {
    targets.labels.push_back(vocabulary.encode(example.text));
  }
  return targets;
}

void PackedLabels::add(std::span<const std::int64_t> clip) {
  values_.insert(values_.end(), clip.begin(), clip.end());
  offsets.push_back(std::ssize(values_));
}

void PackedLabels::pack() {
  labels = at::tensor(values_, at::kLong);
}

SpeechRecognitionStep::SpeechRecognitionStep(CtcModel& model, const AudioDataset& train,
                                             const AudioProcessor& processor,
                                             const WaveformSource& source, SpeechTargets targets,
                                             const Options& options,
                                             const SpeechFeed::Options& feed)
    : model_(model),
      train_(train),
      processor_(processor),
      targets_(std::move(targets)),
      options_(options),
      speakers_(speakers_of(train)),
      feed_(model, processor, source, train.size(), feed) {}

std::vector<std::int64_t> SpeechRecognitionStep::example_lengths() const {
  std::vector<std::int64_t> lengths;
  for (const AudioExample& example : train_.examples) {
    lengths.push_back(std::max<std::int64_t>(
        1, std::llround(example.seconds * static_cast<double>(processor_.sampling_rate()))));
  }
  return lengths;
}

void SpeechRecognitionStep::announce(Examples examples, const StepContext& context) {
  feed_.announce(examples, context);
}

std::vector<std::vector<std::int64_t>> SpeechRecognitionStep::strings_of(
    Examples examples, const StepContext& context) const {
  std::vector<std::int64_t> speakers;
  for (const std::int64_t example : examples) {
    speakers.push_back(speakers_[static_cast<std::size_t>(example)]);
  }
  // Keyed by update and part of it: a resumed run joins as the one that was stopped.
  const Rng rng(context.seed, "join clips", static_cast<std::uint64_t>(context.global_step),
                static_cast<std::uint64_t>(context.micro_step));
  return join_clips(speakers, options_.join_clips, rng);
}

Loss SpeechRecognitionStep::loss(Examples examples, const StepContext& context) {
  PackedLabels labels;
  std::vector<float> shares;  // what the loss of a string counts
  const auto add = [&](const std::vector<std::int64_t>& string, std::size_t clips) {
    labels.add(string);
    const auto length = static_cast<float>(std::max<std::size_t>(1, string.size()));
    shares.push_back(static_cast<float>(clips) / (options_.loss == ClipLoss::mean ? length : 1.0F));
  };
  const auto labels_of = [&](std::int64_t position) -> const std::vector<std::int64_t>& {
    return targets_.labels[static_cast<std::size_t>(examples[static_cast<std::size_t>(position)])];
  };
  SpeechBatch batch;
  if (options_.join_clips > 1) {
    const auto strings = strings_of(examples, context);
    batch = feed_.joined(examples, context, strings);
    for (const std::vector<std::int64_t>& string : strings) {
      std::vector<std::int64_t> joined;
      for (const std::int64_t position : string) {
        const std::vector<std::int64_t>& clip = labels_of(position);
        if (!joined.empty() && targets_.separator >= 0) joined.push_back(targets_.separator);
        joined.insert(joined.end(), clip.begin(), clip.end());
      }
      add(joined, string.size());
    }
  } else {
    batch = feed_.batch(examples, context);
    for (std::int64_t n = 0; n < std::ssize(examples); ++n) add(labels_of(n), 1);
  }
  labels.pack();
  const auto groups = static_cast<std::int64_t>(model_.depth_groups().size());
  const at::Tensor logits =
      model_.run(batch.audio, batch.state, context.first_trained_group, groups).only();
  const at::Tensor losses =
      ctc_loss(logits, model_.frames(batch.audio.clips).offsets, labels.labels, labels.offsets,
               targets_.blank, options_.zero_infinity);
  return {.sum = (losses * at::tensor(shares).to(losses.device())).sum(),
          .weight = *known_weight(examples)};
}

}  // namespace attune
