#include "attune/tasks/image_classification/saved_classifier.h"

#include "attune/base/error.h"
#include "attune/base/strings.h"
#include "attune/models/registry.h"
#include "attune/pretrained/resolve.h"
#include "attune/train/device.h"

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
  check(!pretrained.model.empty(), ErrorKind::user, "--model is missing");
  // Before there are tensors: LibTorch looks for CUDA once (train/device.h).
  const at::Device place = choose_device(device);
  const fs::path path = find_image_model(pretrained);
  LoadedImageClassifier loaded =
      make_image_classifier(path, model.architecture, {.problem_type = model.problem_type});
  // A head of random values answers as readily as a trained one.
  check(loaded.report.initialized.empty(), ErrorKind::user,
        "{}: the model has no trained head ({} would be random); fine-tune it first with "
        "`attune train`",
        pretrained.model, join(loaded.report.initialized, ", "));
  loaded.model->eval();
  loaded.model->to(place);
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
