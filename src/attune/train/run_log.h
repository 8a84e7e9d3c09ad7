#pragma once

#include <string>

#include "attune/base/files.h"
#include "attune/base/json.h"

namespace attune {

/// `log.jsonl`: a JSON object per line for everything that is logged, readable while the run goes
/// on. An empty path writes nothing.
class RunLog {
 public:
  /// Starts the file anew with the entries of `history` (an array; those of the checkpoint that a
  /// run resumes from, so that the file is as if the run had not been interrupted).
  RunLog(fs::path path, const Json& history);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  /// Throws `io` where the line cannot be written.
  void append(const Json& entry);

 private:
  fs::path path_;
  int descriptor_ = -1;
};

}  // namespace attune
