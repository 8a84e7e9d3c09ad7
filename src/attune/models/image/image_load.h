#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attune/models/image/image_config.h"
#include "attune/nn/init.h"
#include "attune/nn/state_dict.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// What a family is given to open.
struct ImageCheckpoint {
  Json config;                            ///< of config.json or of an architecture
  std::string source;                     ///< where that is from, for messages
  std::optional<CheckpointFile> weights;  ///< none: every value is drawn
  bool bare = false;  ///< the weights may have other labels and channels than `config` says
};

/// What a family gives back.
struct OpenedImageClassifier {
  std::shared_ptr<ImageClassifier> model;
  LoadReport report;
};

/// How the tensors of a family are named and drawn.
struct ImageWeights {
  std::string first_convolution;  ///< "conv1.weight"
  std::string head;               ///< "fc.": holds `weight` and `bias`
  /// Further names that a tensor of the model has in checkpoints.
  std::function<std::vector<std::string>(const std::string& name)> spellings;
  nn::Fan fan = nn::Fan::out;   ///< of convolutions, drawn as He et al. 2015
  double head_deviation = 0;    ///< of the head's weight; 0: uniform in +-1/sqrt(features)
  bool head_bias_zero = false;  ///< else uniform in +-1/sqrt(features)
};

/// The checkpoint under the names that the model of `config` has (nn/name_prefix.h), and its head
/// too where that is the one linear map of a torch.nn.Sequential ("classifier.0." of CheXNet,
/// "fc.1." behind a dropout). `make` makes a model of the config, called only where names do not
/// fit as they are, once `parameters` is plausible.
ImageCheckpoint with_own_names(const ImageCheckpoint& checkpoint, const ImageWeights& weights,
                               double parameters,
                               const std::function<std::shared_ptr<ImageClassifier>()>& make);

/// Brings `config` in line with the checkpoint, where that is bare, and then with what the user
/// asks for. Returns what becomes of the checkpoint's head.
HeadRows settle_config(ImageClassifierConfig& config, const ImageCheckpoint& checkpoint,
                       const ImageWeights& weights, const HeadOptions& head);

/// Throws `data` where a model of so many parameters cannot be the checkpoint's: called before
/// memory is taken for what a hostile config.json describes.
void check_plausible_size(double parameters, const ImageCheckpoint& checkpoint);

/// Fills `model` from the checkpoint, strictly: only the head and counters of batches may be
/// missing. The first convolution is adapted to `channels` of
/// input (see HeadOptions). What is not loaded is drawn and listed as `initialized`.
LoadReport fill_image_classifier(ImageClassifier& model, const ImageCheckpoint& checkpoint,
                                 const ImageWeights& weights, const HeadRows& rows,
                                 std::uint64_t seed);

}  // namespace attune
