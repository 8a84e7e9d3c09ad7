#include "attune/tasks/run/predict/predictor.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/progress.h"
#include "attune/base/text/human.h"

namespace attune {
namespace {

/// Answers to those of `inputs` that can be asked; errors to the others.
std::vector<Json> answers_to(Predictor& predictor, std::span<const PredictInput> inputs) {
  std::vector<Json> questions;
  for (const PredictInput& input : inputs) {
    if (input.problem.empty()) questions.push_back(input.question);
  }
  std::vector<Json> found;
  if (!questions.empty()) found = predictor.answer(questions);
  std::vector<Json> answers;
  auto next = found.begin();
  for (const PredictInput& input : inputs) {
    answers.push_back(input.problem.empty() ? std::move(*next++) : Json{{"error", input.problem}});
  }
  return answers;
}

}  // namespace

std::int64_t predict_lines(Predictor& predictor, const NextInput& next,
                           const PredictOptions& options) {
  AnswerSink sink(options.output);
  std::int64_t done = 0, unusable = 0;
  std::string first_problem;
  std::vector<PredictInput> inputs;
  const auto tell = [&](bool finished) {
    report_progress({.activity = "predict",
                     .done = done,
                     .total = options.total,
                     .unit = options.unit,
                     .finished = finished});
  };
  const auto flush = [&] {
    const std::vector<Json> answers = answers_to(predictor, inputs);
    for (std::size_t n = 0; n < answers.size(); ++n) {
      if (answers[n].contains("error") && ++unusable == 1) {
        first_problem = answers[n].at("error").get<std::string>();
      }
      sink.write(inputs[n].kept, answers[n]);
    }
    done += static_cast<std::int64_t>(inputs.size());
    inputs.clear();
    tell(false);
  };
  while (std::optional<PredictInput> input = next()) {
    inputs.push_back(std::move(*input));
    if (inputs.size() == options.inputs_at_once) flush();
  }
  if (!inputs.empty()) flush();
  tell(true);
  // Before the file appears: nothing was predicted, and an earlier file is worth more.
  check(unusable < std::max<std::int64_t>(done, 1), ErrorKind::data,
        "none of the {} {} can be used; the first: {}", with_thousands(done), options.unit,
        first_problem);
  sink.finish();
  if (unusable > 0) {
    log_warning("{} of {} {} cannot be used; their lines hold an \"error\" (first: {})",
                with_thousands(unusable), with_thousands(done), options.unit, first_problem);
  }
  return done;
}

}  // namespace attune
