#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attune/data/image/image_parts.h"
#include "attune/feed/image/pixels.h"
#include "attune/models/registry.h"
#include "attune/tasks/classification/results/report.h"
#include "attune/tasks/classification/training.h"
#include "attune/tasks/image_classification/options.h"
#include "attune/tasks/image_classification/step.h"
#include "attune/tasks/run/saved/fine_tuned_folder.h"

namespace attune {

class ImageTraining;

/// What another task on pictures adds to a training.
struct ImageTask {
  std::string name = "image-classification";  ///< in the registry
  std::string title = "Image classification";
  PictureOptions pictures;  ///< how files are read, but for the channels, which are the model's
  /// Sees model and data before the training begins.
  std::function<void(const ImageTraining& training)> begin = {};
  /// As FineTuning's.
  std::function<void(ImageTraining& training, EvaluatedPart part)> judge = {};
  /// What the report says of the decisions on what was evaluated last.
  std::function<DecidedResults(const ImageTraining& training, EvaluatedPart part)> decided = {};
};

/// One training of an image classifier: model, pictures and step joined for `fine_tune`.
class ImageTraining {
 public:
  /// Opens the model and checks the pictures of `parts`. The references must outlive the object.
  ImageTraining(ImageTask task, const ImageTrainSettings& settings, const config::Schema& schema,
                ImageParts parts);
  ImageTraining(const ImageTraining&) = delete;
  ImageTraining& operator=(const ImageTraining&) = delete;

  /// Returns the signal that stopped it, or 0.
  int run();

  ProblemType problem() const { return labels_.problem; }
  const std::vector<std::string>& labels() const { return labels_.labels; }
  /// Requires that there is such data.
  const ImageDataset& data(EvaluatedPart part) const;
  /// Its last evaluation, by a run.
  PartEvaluation& evaluation(EvaluatedPart part);
  const PartEvaluation& evaluation(EvaluatedPart part) const;

 private:
  void open_model();
  void scan();
  ImageFeed::Options feed_options() const;
  std::optional<PartEvaluation> make_evaluation(const std::optional<ImageDataset>& data);
  Json data_fingerprint() const;
  RunFacts facts() const;
  std::string model_name() const;
  Report report(const FinishedRun& run) const;

  ImageTask task_;
  const ImageTrainSettings& settings_;
  const config::Schema& schema_;
  ImageParts parts_;
  std::shared_ptr<CacheBudget> cache_budget_;
  std::vector<ImageScan> scans_;
  LabelFacts labels_;
  std::shared_ptr<ImageClassifier> model_;
  std::optional<ImageProcessor> processor_;
  DatasetStatistics statistics_;
  std::string data_text_;
  std::optional<FineTunedFolder> folder_;
  std::optional<PixelSource> train_pixels_;
  std::unique_ptr<ImageClassificationStep> step_;
  std::optional<PartEvaluation> validation_evaluation_, test_evaluation_;
};

}  // namespace attune
