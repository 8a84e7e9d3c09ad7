#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "attune/models/model.h"
#include "attune/train/model_folder.h"

namespace attune {

/// The folder of a fine-tuned model, and the only writer of what is in it: weights and config.json
/// as its family writes them, and beside them what a task keeps (tokenizer,
/// preprocessor_config.json, run.yaml).
class FineTunedFolder : public ModelFolder {
 public:
  /// `model` must outlive the object.
  explicit FineTunedFolder(Model& model) : model_(model) {}

  /// Keeps a file beside the weights from now on.
  void keep(const std::string& name, std::string content) { files_[name] = std::move(content); }
  /// Has `write` called with the folder whenever the model is saved.
  void keep(std::function<void(const fs::path& folder)> write) {
    writers_.push_back(std::move(write));
  }

  void save(const fs::path& folder) const override;
  void load(const fs::path& folder) override;
  /// Writes one of the files alone, which must be kept.
  void save_file(const fs::path& folder, const std::string& name) const;

 private:
  Model& model_;
  std::map<std::string, std::string> files_;
  std::vector<std::function<void(const fs::path& folder)>> writers_;
};

}  // namespace attune
