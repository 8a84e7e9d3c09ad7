#pragma once

#include <string>
#include <vector>

namespace attune::cli {

/// What stands behind `attune VERB`. Returns the exit status.
using Arguments = std::vector<std::string>;

int run_train(const Arguments& arguments);
int run_evaluate(const Arguments& arguments);
int run_predict(const Arguments& arguments);
int run_check(const Arguments& arguments);
int run_align(const Arguments& arguments);
int run_inspect(const Arguments& arguments);
int run_tokenize(const Arguments& arguments);
int run_train_lm(const Arguments& arguments);
int run_config(const Arguments& arguments);

}  // namespace attune::cli
