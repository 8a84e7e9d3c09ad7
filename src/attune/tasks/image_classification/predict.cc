#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <glob.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/data/image/picture_files.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/tasks/image_classification/predictor.h"
#include "attune/tasks/image_classification/task.h"
#include "attune/tasks/image_classification/unserved.h"

namespace attune {
namespace {

/// What training would learn from, so that a folder of it is all predicted.
void add_folder(const fs::path& folder, std::vector<std::string>& files) {
  FoundPictures found = find_pictures(folder);
  if (!found.left_out.empty()) {
    log_info("{}: {} files are left out: they are no pictures by their names ({})", folder.string(),
             with_thousands(static_cast<long long>(found.left_out.size())),
             count_endings(found.left_out));
  }
  check(!found.pictures.empty(), ErrorKind::user, "--input: there is no picture in {}{}",
        folder.string(),
        found.left_out.empty() ? "" : fmt::format(" ({})", count_endings(found.left_out)));
  std::ranges::move(found.pictures, std::back_inserter(files));
}

void add_input(const std::string& input, std::vector<std::string>& files) {
  if (fs::is_directory(input)) return add_folder(input, files);
  files.push_back(input);
}

/// Patterns that no shell has expanded: in quotes, or from a settings file.
void add_pattern(const std::string& pattern, std::vector<std::string>& files) {
  glob_t found = {};
  const int status = glob(pattern.c_str(), 0, nullptr, &found);
  std::vector<std::string> matches;
  for (std::size_t i = 0; status == 0 && i < found.gl_pathc; ++i) {
    matches.emplace_back(found.gl_pathv[i]);
  }
  globfree(&found);
  for (const std::string& match : matches) add_input(match, files);
  check(status == 0, ErrorKind::user, "--input: no file is named {}", pattern);
}

/// Names only: pictures are read as they are needed.
std::vector<std::string> list_inputs(const config::Texts& inputs) {
  std::vector<std::string> files;
  for (const std::string& input : inputs) {
    if (fs::exists(input)) {
      add_input(input, files);
    } else {
      add_pattern(input, files);
    }
  }
  return files;
}

}  // namespace

void find_predict_problems(const ImagePredictSettings& settings, config::Problems& problems) {
  if (settings.data.input.empty()) problems.add("--input is missing");
  settings.data.decoding.find_problems(problems);
}

void predict_images(const ImagePredictSettings& settings, SavedImageClassifier saved,
                    PredictionStyle style, config::Schema& schema) {
  const std::vector<std::string> files = list_inputs(settings.data.input);
  saved.pictures.memory = settings.data.decoding.budget();
  find_unserved_pictures(files, schema);
  schema.problems().throw_if_any();
  ImagePredictor predictor(std::move(saved), std::move(style),
                           {.batch_size = settings.apply.per_device_eval_batch_size,
                            .threads = settings.apply.threads,
                            .on_bad_picture = settings.data.on_bad_row});
  const auto next = [&, n = std::size_t{0}]() mutable -> std::optional<Json> {
    if (n == files.size()) return {};
    return Json{{"file", files[n++]}};
  };
  const std::int64_t unusable = predict_lines(
      predictor, next,
      // As many as are in memory as pixels: answers come as batches end.
      {.inputs_at_once = static_cast<std::size_t>(settings.apply.per_device_eval_batch_size),
       .total = static_cast<std::int64_t>(files.size()),
       .unit = "pictures",
       .output_file = settings.apply.output_file});
  if (unusable > 0) {
    log_warning("{} of {} pictures cannot be used; their lines hold an \"error\"", unusable,
                files.size());
  }
}

void ImageClassification::predict(config::Schema& schema) {
  find_predict_problems(predict_, schema.problems());
  schema.problems().throw_if_any();
  use_threads(predict_.apply.threads);
  SavedImageClassifier saved = open_saved_classifier(predict_.pretrained, predict_.model,
                                                     predict_.labels, {}, predict_.apply.device);
  PredictionStyle style = plain_style(saved);
  predict_images(predict_, std::move(saved), std::move(style), schema);
}

}  // namespace attune
