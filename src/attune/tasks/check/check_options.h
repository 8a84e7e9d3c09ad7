#pragma once

#include <cstdint>
#include <string>

#include "attune/config/field.h"
#include "attune/train/options.h"

namespace attune {

/// What `attune check` shows and writes (section `check`), beside the options of `train`.
struct CheckOptions {
  std::string output_file, report_file;
  std::int64_t max_shown = 5;
  std::int64_t max_suspects = 40;

  template <typename V>
  void visit(V& v) {
    v("output_file", output_file,
      "JSON file to write, or - for standard output: every finding with its examples")
        .written({".json"});
    v("report_file", report_file,
      "HTML file to write, complete in itself: findings with the texts or pictures")
        .written({".html", ".htm"});
    v("max_shown", max_shown, "Examples of each finding to print", config::in_range(0, 1000));
    v("max_suspects", max_suspects,
      "With a trained --model: how many examples to list whose label it doubts most",
      config::in_range(1, 10000))
        .only_for({kUnequalExamples, kEqualExamples});
  }
};

}  // namespace attune
