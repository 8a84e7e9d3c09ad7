#pragma once

#include <string>

namespace attune {

/// Which pre-trained model a run begins with.
struct PretrainedOptions {
  std::string model;
  std::string revision = "main";

  template <typename V>
  void visit(V& v) {
    v("model", model, "Folder of a model in Hugging Face's layout, or a hub id (org/name)");
    v("revision", revision, "Branch, tag or commit of a hub model");
  }
};

}  // namespace attune
