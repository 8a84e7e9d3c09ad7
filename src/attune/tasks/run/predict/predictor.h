#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/tasks/run/predict/answer_sink.h"

namespace attune {

/// A saved model that answers. `predict` asks it, and so does whoever embeds or serves it.
class Predictor {
 public:
  virtual ~Predictor() = default;

  /// One answer an input, in their order, whatever the batches inside. What an input is, the task
  /// says: {"text": ..., "text_pair": ...}, {"file": ...}. Throws `user` or `data` for an input
  /// that it cannot use, unless the task was asked to answer such with {"error": ...}.
  virtual std::vector<Json> answer(std::span<const Json> inputs) = 0;
};

/// One input of `predict`.
struct PredictInput {
  Json question;               ///< what the predictor is asked
  Json kept = Json::object();  ///< goes through to the answer: columns of the input's table
  std::string problem;         ///< why it cannot be asked, or ""
};

/// Inputs one after another; nothing at the end.
using NextInput = std::function<std::optional<PredictInput>()>;

struct PredictOptions {
  std::size_t inputs_at_once = 64;  ///< that are in memory
  std::int64_t total = 0;           ///< for progress; 0 where it is not known
  std::string unit = "inputs";
  AnswerFormat output;
};

/// A line for each input, in their order: what is kept of it and the answer, or the "error" (a
/// warning says how many). The file appears when all are written. Throws `data` where no input can
/// be used. A kept column whose name an answer has too is called input_NAME. The number of inputs.
std::int64_t predict_lines(Predictor& predictor, const NextInput& next,
                           const PredictOptions& options);

}  // namespace attune
