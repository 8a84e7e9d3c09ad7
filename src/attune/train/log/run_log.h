#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "attune/base/files.h"
#include "attune/base/json.h"
#include "attune/train/log/tensorboard.h"

namespace attune {

/// Everything that is logged, readable while the run goes on: `log.jsonl`, a JSON object per line,
/// and TensorBoard's event files, where Hugging Face's tags are used ("train/loss",
/// "eval/accuracy").
class RunLog {
 public:
  /// Starts `path` anew with the entries of `history` (an array; those of the checkpoint that a
  /// run resumes from, so that the file is as if the run had not been interrupted), and a new event
  /// file in `events`. Empty paths write nothing. `step`: updates done so far.
  RunLog(fs::path path, const fs::path& events, const Json& history, std::int64_t step);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  /// Throws `io` where the line cannot be written.
  void append(const Json& entry);

 private:
  fs::path path_;
  int descriptor_ = -1;
  std::unique_ptr<TensorBoardWriter> events_;
};

}  // namespace attune
