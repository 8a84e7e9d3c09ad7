#include "attune/tasks/image_classification/saved_classifier.h"

#include "attune/base/json.h"
#include "attune/base/log.h"
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

ImageProcessor processor_of(const LoadedImageClassifier& loaded, const std::string& name,
                            const ImageProcessorOptions& input) {
  // The weights say how many channels there are, whatever the preprocessing was saved with.
  ImageProcessor processor = ImageProcessor(loaded.preprocessing, name, input)
                                 .with_channels(loaded.model->info().channels);
  const bool is_said = !input.image_mean.empty() && !input.image_std.empty();
  if (!loaded.assumed_preprocessing.empty() && !is_said) {
    const Json json = processor.to_json();
    log_warning(
        "{} is assumed: mean {}, deviation {}, size {}. Where the model was trained otherwise, its "
        "answers are wrong: say --image-mean, --image-std, --image-size, --resize-size",
        loaded.assumed_preprocessing, dump_json_line(json.at("image_mean")),
        dump_json_line(json.at("image_std")),
        dump_json_line(json.contains("crop_size") ? json.at("crop_size")
                       : json.contains("size")    ? json.at("size")
                                                  : Json("as it is")));
  }
  return processor;
}

SavedImageClassifier open_saved_classifier(const PretrainedOptions& pretrained,
                                           const ImageModelOptions& model,
                                           const OutputLabels& labels,
                                           const ImageProcessorOptions& input,
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
          .processor = processor_of(loaded, pretrained.model, input),
          .pictures = read,
          .labels = named.names,
          .label_map = named,
          .own_labels = info.labels,
          .problem = problem};
}

}  // namespace attune
