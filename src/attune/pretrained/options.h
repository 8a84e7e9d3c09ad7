#pragma once

#include <string>

namespace attune {

/// Which of several sets of weights a file's model is. An options struct of its own: what a saved
/// run began with is not what its own folder holds.
struct WeightsOption {
  std::string weights_key;

  template <typename V>
  void visit(V& v) {
    v("weights_key", weights_key,
      "Which weights to take where a file has several sets: a key of a PyTorch checkpoint "
      "(state_dict, model_ema), or what their names begin with (default: an average, EMA, before "
      "the weights; attune inspect shows which)")
        .only_with("model");
  }
};

/// Which pre-trained model a run begins with.
struct PretrainedOptions {
  std::string model;
  std::string revision = "main";
  WeightsOption weights;  ///< not visited with the others

  template <typename V>
  void visit(V& v) {
    v("model", model, "Folder of a model in Hugging Face's layout, or a hub id (org/name)");
    v("revision", revision, "Branch, tag or commit of a hub model").only_with("model");
  }
};

}  // namespace attune
