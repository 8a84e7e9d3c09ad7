#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <glob.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/progress.h"
#include "attune/base/threads.h"
#include "attune/data/image/image_folder.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/tasks/classification/loss.h"
#include "attune/tasks/classification/prediction.h"
#include "attune/tasks/image_classification/saved_classifier.h"
#include "attune/tasks/image_classification/task.h"

namespace attune {
namespace {

bool is_picture(const fs::path& path) {
  if (path.filename().native().starts_with('.')) return false;
  return has_image_extension(path.filename().string()) || is_dataset_picture(path);
}

void add_folder(const fs::path& folder, std::vector<std::string>& files) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && is_picture(entry.path())) {
      found.push_back(entry.path().string());
    }
  }
  check(!found.empty(), ErrorKind::user, "--input: there is no picture in {}", folder.string());
  std::sort(found.begin(), found.end());
  files.insert(files.end(), found.begin(), found.end());
}

void add_pattern(const std::string& pattern, std::vector<std::string>& files) {
  glob_t found = {};
  const int status = glob(pattern.c_str(), 0, nullptr, &found);
  for (std::size_t i = 0; status == 0 && i < found.gl_pathc; ++i) {
    files.emplace_back(found.gl_pathv[i]);
  }
  globfree(&found);
  check(status == 0, ErrorKind::user, "--input: no file is named {}", pattern);
}

/// Names only: pictures are read as they are needed.
std::vector<std::string> list_inputs(const config::Texts& inputs) {
  std::vector<std::string> files;
  for (const std::string& input : inputs) {
    if (fs::is_directory(input)) {
      add_folder(input, files);
    } else if (fs::exists(input)) {
      files.push_back(input);
    } else {
      add_pattern(input, files);
    }
  }
  return files;
}

/// Classifies batch after batch, so that memory does not grow with the number of pictures.
class ImagePredictor {
 public:
  ImagePredictor(const SavedImageClassifier& saved, const ImagePredictSettings& settings,
                 const PredictionStyle& style)
      : saved_(saved), settings_(settings), style_(style) {}

  /// A line of JSON for each file, in order.
  std::vector<std::string> run(std::span<const std::string> files) {
    const at::NoGradGuard no_grad;
    std::vector<std::string> problems(files.size());
    const at::Tensor pixels = read(files, problems);
    const at::Tensor scores = style_.probabilities(saved_.model->forward(pixels)).contiguous();
    const auto width = static_cast<std::size_t>(scores.size(1));
    std::vector<std::string> lines;
    for (std::size_t n = 0; n < files.size(); ++n) {
      Json line = {{"file", files[n]}};
      if (problems[n].empty()) {
        const std::span row(scores.const_data_ptr<float>() + n * width, width);
        line.update(style_.describe(row));
      } else {
        line["error"] = problems[n];
        ++unusable_;
      }
      lines.push_back(dump_json_line(line) + "\n");
    }
    return lines;
  }

  /// Files so far that could not be read.
  std::int64_t unusable() const { return unusable_; }

 private:
  /// Pixels of unreadable files stay 0, and `problems` says why.
  at::Tensor read(std::span<const std::string> files, std::vector<std::string>& problems) const {
    const Size size = saved_.processor.output_size();
    at::Tensor pixels = at::zeros({static_cast<std::int64_t>(files.size()),
                                   saved_.pictures.channels, size.height, size.width});
    const auto step = static_cast<std::size_t>(pixels[0].numel());
    float* const out = pixels.mutable_data_ptr<float>();
    const auto threads = static_cast<int>(settings_.apply.threads);
    parallel_for(static_cast<std::int64_t>(files.size()), 1, threads, [&](auto begin, auto end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        try {
          saved_.processor.apply(PictureFile(files[i]).decode(saved_.pictures),
                                 std::span(out + i * step, step));
        } catch (const Error& error) {
          if (settings_.data.on_bad_row == OnBadRow::error) throw;
          problems[i] = error.what();
        }
      }
    });
    return pixels;
  }

  const SavedImageClassifier& saved_;
  const ImagePredictSettings& settings_;
  const PredictionStyle& style_;
  std::int64_t unusable_ = 0;
};

}  // namespace

void find_predict_problems(const ImagePredictSettings& settings, config::Problems& problems) {
  if (settings.data.input.empty()) problems.add("--input is missing");
}

void predict_images(const ImagePredictSettings& settings, const SavedImageClassifier& saved,
                    const PredictionStyle& style) {
  const std::vector<std::string> files = list_inputs(settings.data.input);
  ImagePredictor predictor(saved, settings, style);
  LineSink sink(settings.apply.output_file);
  const auto batch = static_cast<std::size_t>(settings.apply.per_device_eval_batch_size);
  for (std::size_t begin = 0; begin < files.size(); begin += batch) {
    const std::size_t count = std::min(batch, files.size() - begin);
    sink.write(predictor.run(std::span(files).subspan(begin, count)));
    report_progress({.activity = "predict",
                     .done = static_cast<std::int64_t>(begin + count),
                     .total = static_cast<std::int64_t>(files.size()),
                     .unit = "pictures",
                     .finished = begin + count == files.size()});
  }
  sink.finish();
  if (predictor.unusable() > 0) {
    log_warning("{} of {} pictures cannot be used; their lines hold an \"error\"",
                predictor.unusable(), files.size());
  }
}

void ImageClassification::predict(config::Schema& schema) {
  find_predict_problems(predict_, schema.problems());
  schema.problems().throw_if_any();
  use_threads(predict_.apply.threads);
  const SavedImageClassifier saved = open_saved_classifier(predict_.pretrained, predict_.model, {});
  const ClassificationLoss loss(saved.problem, {});
  predict_images(
      predict_, saved,
      {.probabilities = [&](const at::Tensor& logits) { return loss.probabilities(logits); },
       .describe =
           [&](std::span<const float> scores) {
             return describe_prediction(scores, saved.problem, saved.labels);
           }});
}

}  // namespace attune
