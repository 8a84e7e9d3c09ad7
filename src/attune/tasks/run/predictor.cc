#include "attune/tasks/run/predictor.h"

#include <utility>

#include <fmt/format.h>

#include "attune/base/progress.h"

namespace attune {

LineSink::LineSink(const std::string& path) {
  if (!path.empty()) file_.emplace(path);
}

void LineSink::write(std::string_view line) {
  if (file_) {
    file_->write(line);
  } else {
    fmt::print("{}", line);
  }
}

/// Without this the file does not appear: one cut short must not pass for complete.
void LineSink::finish() {
  if (file_) file_->commit();
}

std::int64_t predict_lines(Predictor& predictor, const NextInput& next,
                           const PredictOptions& options) {
  LineSink sink(options.output_file);
  std::int64_t done = 0, unusable = 0;
  std::vector<Json> inputs;
  const auto tell = [&](bool finished) {
    report_progress({.activity = "predict",
                     .done = done,
                     .total = options.total,
                     .unit = options.unit,
                     .finished = finished});
  };
  const auto flush = [&] {
    for (const Json& answer : predictor.answer(inputs)) {
      if (answer.contains("error")) ++unusable;
      sink.write(dump_json_line(answer) + "\n");
    }
    done += static_cast<std::int64_t>(inputs.size());
    inputs.clear();
    tell(false);
  };
  while (std::optional<Json> input = next()) {
    inputs.push_back(std::move(*input));
    if (inputs.size() == options.inputs_at_once) flush();
  }
  if (!inputs.empty()) flush();
  tell(true);
  sink.finish();
  return unusable;
}

}  // namespace attune
