#include "attune/tasks/image_classification/predictor.h"

#include <algorithm>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include "attune/base/error.h"
#include "attune/base/threads.h"
#include "attune/nn/device.h"
#include "attune/tasks/classification/loss.h"
#include "attune/tasks/classification/results/prediction.h"

namespace attune {
namespace {

std::string file_of(const Json& input) {
  const auto found = input.find("file");
  check(found != input.end() && found->is_string(), ErrorKind::user,
        "an input to classify has no \"file\" that is a path");
  return found->get<std::string>();
}

}  // namespace

PredictionStyle plain_style(const SavedImageClassifier& saved, const PredictionOptions& options) {
  check_prediction_options(options, saved.problem);
  const ClassificationLoss loss(saved.problem, {});
  return {
      .probabilities = [loss](const at::Tensor& logits) { return loss.probabilities(logits); },
      .describe =
          [problem = saved.problem, labels = saved.labels, options](std::span<const float> scores) {
            return describe_prediction(scores, problem, labels, options);
          },
      .columns = prediction_columns(saved.problem, saved.labels, options)};
}

ImagePredictor::ImagePredictor(SavedImageClassifier saved, PredictionStyle style,
                               const Options& options)
    : saved_(std::move(saved)), style_(std::move(style)), options_(options) {}

std::vector<Json> ImagePredictor::answer(std::span<const Json> inputs) {
  std::vector<Json> answers;
  const auto batch = static_cast<std::size_t>(options_.batch_size);
  // Whoever embeds this may ask for any number at once; decoded pictures fill memory fast.
  for (std::size_t begin = 0; begin < inputs.size(); begin += batch) {
    answer_batch(inputs.subspan(begin, std::min(batch, inputs.size() - begin)), answers);
  }
  return answers;
}

void ImagePredictor::answer_batch(std::span<const Json> inputs, std::vector<Json>& answers) const {
  const at::NoGradGuard no_grad;
  std::vector<std::string> files, problems(inputs.size());
  for (const Json& input : inputs) files.push_back(file_of(input));
  const at::Tensor pixels = read(files, problems);
  const at::Tensor logits =
      saved_.model->forward(pixels.to(device_of(*saved_.model))).cpu().contiguous();
  const at::Tensor scores = style_.probabilities(logits).contiguous();
  for (std::size_t n = 0; n < files.size(); ++n) {
    Json answer = {{"file", files[n]}};
    if (problems[n].empty()) {
      problems[n] = output_problem(row_of(logits, n));
      check(problems[n].empty() || options_.on_bad_picture != OnBadRow::error, ErrorKind::data,
            "{}: {}", files[n], problems[n]);
    }
    if (problems[n].empty()) {
      answer.update(style_.describe(row_of(scores, n)));
    } else {
      answer["error"] = problems[n];
    }
    answers.push_back(std::move(answer));
  }
}

/// Pixels of unreadable files stay 0, and `problems` says why.
at::Tensor ImagePredictor::read(std::span<const std::string> files,
                                std::vector<std::string>& problems) const {
  const Size size = saved_.processor.output_size();
  at::Tensor pixels = at::zeros(
      {static_cast<std::int64_t>(files.size()), saved_.pictures.channels, size.height, size.width});
  const auto step = static_cast<std::size_t>(pixels[0].numel());
  float* const out = pixels.mutable_data_ptr<float>();
  const auto threads = static_cast<int>(options_.threads);
  parallel_for(static_cast<std::int64_t>(files.size()), 1, threads, [&](auto begin, auto end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      try {
        saved_.processor.apply(PictureFile(files[i]).decode(saved_.pictures),
                               std::span(out + i * step, step));
      } catch (const Error& error) {
        if (options_.on_bad_picture == OnBadRow::error) throw;
        problems[i] = error.what();
      }
    }
  });
  return pixels;
}

}  // namespace attune
