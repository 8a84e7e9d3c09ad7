#include "attune/tasks/image_classification/saved_classifier.h"

#include "attune/models/registry.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/run/saved/saved_model.h"

namespace attune {
namespace {

/// A file, and a folder that is not Hugging Face's, are taken as they are.
fs::path find_image_model(const PretrainedOptions& pretrained) {
  return fs::exists(pretrained.model) ? fs::path(pretrained.model)
                                      : resolve_model(pretrained.model, pretrained.revision);
}

}  // namespace

LoadedImageClassifier open_image_model(const PretrainedOptions& pretrained,
                                       const ImageModelOptions& model, const HeadOptions& head) {
  if (pretrained.model.empty()) return make_image_classifier({}, model.architecture, head);
  return make_image_classifier(find_image_model(pretrained), model.architecture, head);
}

SavedImageClassifier open_saved_classifier(const PretrainedOptions& pretrained,
                                           const ImageModelOptions& model,
                                           const PictureOptions& pictures, DeviceName device) {
  fs::path path;
  const LoadedImageClassifier loaded = open_saved_model(pretrained, device, [&] {
    path = find_image_model(pretrained);
    return make_image_classifier(path, model.architecture, {.problem_type = model.problem_type});
  });
  const ImageClassifierInfo info = loaded.model->info();
  PictureOptions read = pictures;
  read.channels = info.channels;
  return {.path = path,
          .model = loaded.model,
          // The weights say how many channels there are, whatever the preprocessing was saved with.
          .processor =
              ImageProcessor(loaded.preprocessing, pretrained.model).with_channels(info.channels),
          .pictures = read,
          .labels = info.labels,
          .problem = info.problem_type.value_or(ProblemType::single_label_classification)};
}

}  // namespace attune
