#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/base/json.h"

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

/// Where lines go: a file that appears when it is complete, or standard output.
class LineSink {
 public:
  /// "" for standard output.
  explicit LineSink(const std::string& path);
  void write(std::string_view line);
  void finish();

 private:
  std::optional<AtomicFile> file_;
};

/// Inputs one after another; nothing at the end.
using NextInput = std::function<std::optional<Json>()>;

struct PredictOptions {
  std::size_t inputs_at_once = 64;  ///< that are in memory
  std::int64_t total = 0;           ///< for progress; 0 where it is not known
  std::string unit = "inputs";
  std::string output_file;  ///< "" for standard output
};

/// A line of JSON for each input, in their order. Returns how many could not be used (their lines
/// hold "error"). The file appears when all are written.
std::int64_t predict_lines(Predictor& predictor, const NextInput& next,
                           const PredictOptions& options);

}  // namespace attune
