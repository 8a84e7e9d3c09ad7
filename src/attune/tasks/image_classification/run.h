#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attune/models/registry.h"
#include "attune/tasks/classification/run.h"
#include "attune/tasks/classification/targets.h"
#include "attune/tasks/image_classification/image_data.h"
#include "attune/tasks/image_classification/options.h"
#include "attune/tasks/image_classification/pixels.h"
#include "attune/tasks/image_classification/step.h"

namespace attune {

/// A run of image classification, from files to report.
class ImageRun : public ClassificationRun {
 public:
  /// The references must outlive the run. `splits`: what it learns from.
  ImageRun(std::string task, ImageTrainSettings& settings, config::Schema& schema,
           ImageSplits splits);

  ProblemType problem() const { return problem_; }
  const std::vector<std::string>& labels() const { return labels_; }
  /// Of the validation data. Requires that there is such data.
  Targets validation_targets() const { return targets_of(*splits_.validation, problem_); }

 protected:
  ClassificationFacts load_model_and_data() override;
  Model& model() override { return *model_; }
  std::string describe_data() override;
  std::unique_ptr<ClassificationStep> make_step(ClassificationLoss loss) override;
  void keep_files(FineTunedFolder& folder) override;
  EvaluatePart make_evaluator(EvaluatedPart part) override;
  void complete_report(ReportData& report, const ClassificationEvaluation* evaluation,
                       EvaluatedPart part) override;

  /// How files are read, but for the channels, which are the model's.
  virtual PictureOptions picture_options() const { return {}; }
  const ImageDataset& data_of(EvaluatedPart part) const;

 private:
  void scan();
  void load_model();
  ImageFeed::Options feed_options() const;

  ImageTrainSettings& settings_;
  ImageSplits splits_;
  std::vector<ImageScan> scans_;
  DatasetStatistics statistics_;
  ProblemType problem_ = ProblemType::single_label_classification;
  std::vector<std::string> labels_;
  std::shared_ptr<ImageClassifier> model_;
  std::optional<ImageProcessor> processor_;
  PictureOptions pictures_;
  std::unique_ptr<PixelSource> train_pixels_;
};

/// Adds what contradicts itself between the settings of `attune train`.
void find_image_setting_problems(const ImageTrainSettings& settings, config::Problems& problems);

}  // namespace attune
