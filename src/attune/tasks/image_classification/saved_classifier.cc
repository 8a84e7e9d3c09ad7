#include "attune/tasks/image_classification/saved_classifier.h"

#include "attune/models/config_fields.h"
#include "attune/models/registry.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/run/saved/saved_model.h"

namespace attune {
fs::path find_image_model(const PretrainedOptions& pretrained) {
  return fs::exists(pretrained.model) ? fs::path(pretrained.model)
                                      : resolve_model(pretrained.model, pretrained.revision);
}

LoadedImageClassifier open_image_model(const PretrainedOptions& pretrained,
                                       const ImageModelOptions& model, const HeadOptions& head) {
  const fs::path path = pretrained.model.empty() ? fs::path() : find_image_model(pretrained);
  return make_image_classifier(path, model.architecture, head, pretrained.weights.weights_key);
}

SavedImageClassifier open_saved_classifier(const PretrainedOptions& pretrained,
                                           const ImageModelOptions& model,
                                           const OutputLabels& labels,
                                           const PictureOptions& pictures, DeviceName device) {
  fs::path path;
  const LoadedImageClassifier loaded = open_saved_model(pretrained, device, [&] {
    path = find_image_model(pretrained);
    warn_of_other_problem(model.problem_type, path);
    return make_image_classifier(path, model.architecture, {.problem_type = model.problem_type},
                                 pretrained.weights.weights_key);
  });
  const ImageClassifierInfo info = loaded.model->info();
  const ProblemType problem = settled_problem_type(
      info.problem_type, static_cast<std::int64_t>(info.labels.size()), pretrained.model);
  const SavedLabels named = saved_labels(info.labels, labels.labels, problem, pretrained.model);
  PictureOptions read = pictures;
  read.channels = info.channels;
  return {.path = path,
          .model = loaded.model,
          // The weights say how many channels there are, whatever the preprocessing was saved with.
          .processor =
              ImageProcessor(loaded.preprocessing, pretrained.model).with_channels(info.channels),
          .pictures = read,
          .labels = named.names,
          .label_map = named,
          .problem = problem};
}

}  // namespace attune
