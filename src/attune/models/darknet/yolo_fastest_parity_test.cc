#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/media/boxes/nms.h"
#include "attune/media/image/decode.h"
#include "attune/models/darknet/darknet_load.h"
#include "attune/models/registry.h"

namespace attune {
namespace {

struct Found {
  std::string label;
  double score;
  Box box = {};  ///< empty: not compared
};
using List = std::map<std::string, std::vector<Found>>;

// What an independent implementation in PyTorch finds, score at least .25, NMS .45 within classes;
// boxes rounded to pixels. Pictures stretched as OpenCV does it, and as darknet does.
const List kOpencv = {{"dog",
                       {{"car", .896, {454, 77, 685, 180}},
                        {"dog", .656, {123, 220, 365, 515}},
                        {"cat", .573, {113, 212, 370, 517}},
                        {"bicycle", .532, {243, 187, 589, 422}},
                        {"car", .444, {690, 117, 729, 155}},
                        {"bicycle", .315, {82, 176, 446, 491}},
                        {"person", .315, {64, 73, 113, 118}}}},
                      {"person",
                       {{"person", .986, {182, 88, 270, 381}},
                        {"dog", .851, {73, 260, 213, 353}},
                        {"sheep", .771, {420, 141, 583, 320}},
                        {"cow", .305, {421, 139, 616, 331}},
                        {"sheep", .288, {78, 265, 203, 350}}}},
                      {"horses",
                       {{"horse", .834, {414, 214, 600, 344}},
                        {"horse", .786, {0, 182, 373, 416}},
                        {"cow", .639, {0, 204, 346, 395}},
                        {"horse", .582, {227, 184, 436, 382}},
                        {"sheep", .424, {435, 212, 594, 343}},
                        {"horse", .305, {74, 192, 179, 243}},
                        {"cow", .283, {233, 209, 419, 370}}}},
                      {"eagle", {{"bird", .879, {224, 88, 588, 444}}}},
                      {"giraffe",
                       {{"giraffe", .947, {162, 0, 415, 442}},
                        {"zebra", .928, {311, 213, 412, 438}},
                        {"zebra", .552, {255, 288, 310, 429}},
                        {"zebra", .311, {152, 11, 409, 500}}}}};
const List kCorners = {
    {"dog",
     {{"car", .883},
      {"dog", .648},
      {"cat", .550},
      {"bicycle", .546},
      {"car", .434},
      {"person", .327},
      {"bicycle", .283}}},
    {"person", {{"person", .987}, {"dog", .831}, {"sheep", .796}, {"sheep", .299}, {"cow", .289}}},
    {"horses",
     {{"horse", .835},
      {"horse", .832},
      {"cow", .620},
      {"horse", .574},
      {"sheep", .381},
      {"horse", .309},
      {"cow", .295},
      {"cow", .283}}},
    {"eagle", {{"bird", .888}}},
    {"giraffe", {{"giraffe", .941}, {"zebra", .939}, {"zebra", .534}, {"zebra", .349}}}};

class YoloFastest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* shared = std::getenv("ATTUNE_SHARED");
    folder_ = (shared ? fs::path(shared) : fs::path(ATTUNE_SOURCE_DIR) / "../shared") /
              "data/weights-yolo-fastest";
    weights_ = folder_ / "yolo-fastest-1.1.weights";
    if (!fs::exists(weights_)) GTEST_SKIP() << weights_ << " is not there; set ATTUNE_SHARED";
    detector_ = make_detector(weights_);
    detector_.model->eval();
  }

  Image picture(const std::string& name) const {
    const std::string bytes = read_file(folder_ / (name + ".jpg"), 1 << 24);
    return convert_rgb(decode_image(std::as_bytes(std::span(bytes)), name));
  }

  static at::Tensor pixels(const Image& image, const DetectorInput& input) {
    const at::Tensor result =
        at::empty({1, input.channels, input.size.height, input.size.width}, at::kFloat);
    input.prepare(image,
                  {result.mutable_data_ptr<float>(), static_cast<std::size_t>(result.numel())});
    return result;
  }

  std::vector<ScoredBox> detect(const std::string& name, const DetectorInput& input) const {
    const at::NoGradGuard no_grad;
    const Image image = picture(name);
    const DetectorInfo info = detector_.model->info();
    const auto outputs = detector_.model->forward(pixels(image, input));
    std::vector<ScoredBox> found =
        suppress(candidates(decode(info.head, outputs), {.min_score = 0.25})[0]);
    for (ScoredBox& box : found) {
      box.box = clipped(input.placement(image.size()).to_picture(box.box), image.size());
    }
    return found;
  }

  std::string label(const ScoredBox& box) const {
    return detector_.model->info().labels[static_cast<std::size_t>(box.class_id)];
  }

  // Each of the list is found once, and nothing else that is clearly above the threshold.
  void expect_found(const List& list, const DetectorInput& input) const {
    double worst_score = 0, worst_overlap = 1;
    for (const auto& [name, wanted] : list) {
      std::vector<ScoredBox> found = detect(name, input);
      for (const Found& want : wanted) {
        const bool has_box = want.box.area() > 0;
        const auto match = std::find_if(found.begin(), found.end(), [&](const ScoredBox& box) {
          return label(box) == want.label && std::abs(box.score - want.score) <= 0.02 &&
                 (!has_box || iou(box.box, want.box) >= 0.95);
        });
        ASSERT_NE(match, found.end()) << name << ": " << want.label << " " << want.score;
        worst_score = std::max(worst_score, std::abs(match->score - want.score));
        if (has_box) worst_overlap = std::min(worst_overlap, iou(match->box, want.box));
        found.erase(match);
      }
      for (const ScoredBox& box : found) EXPECT_LT(box.score, 0.27) << name << ": " << label(box);
    }
    std::printf("largest difference of a score %.4f, smallest overlap %.3f\n", worst_score,
                worst_overlap);
  }

  fs::path folder_, weights_;
  LoadedDetector detector_;
};

TEST_F(YoloFastest, IsReadWhole) {
  std::int64_t parameters = 0;
  for (const auto& item : detector_.model->named_parameters()) parameters += item.tensor.numel();
  EXPECT_EQ(parameters, 332'798);
  EXPECT_TRUE(detector_.report.unexpected.empty());
  EXPECT_TRUE(detector_.report.initialized.empty());
  const DetectorInfo info = detector_.model->info();
  EXPECT_EQ(info.labels.size(), 80U);
  EXPECT_EQ(info.labels[16], "dog");
  EXPECT_EQ(info.size_multiple, 32);
  EXPECT_EQ(info.input.size, (Size{320, 320}));
  ASSERT_EQ(info.head.levels.size(), 2U);
  EXPECT_EQ(info.head.levels[0].stride, 32);
  EXPECT_EQ(info.head.levels[1].anchors[2].height, 132);
  std::vector<std::string> groups;
  for (const DepthGroup& group : detector_.model->depth_groups()) groups.push_back(group.name);
  EXPECT_THAT(groups, ::testing::ElementsAre("stage 1", "stage 2", "stage 3", "stage 4", "stage 5",
                                             "neck", "head"));
}

// Six channels of the first cell; darknet's own resize.
TEST_F(YoloFastest, HasTheRawOutputs) {
  const at::NoGradGuard no_grad;
  const auto outputs = detector_.model->forward(pixels(picture("dog"), detector_.input));
  const std::vector<std::vector<double>> first = {
      {.46588, 1.3825, -.98139, -.02998, -10.35472, .23566},
      {.42954, -.27971, .07416, -.08414, -9.37377, .09253}};
  ASSERT_EQ(outputs.size(), 2U);
  for (std::size_t level = 0; level < 2; ++level) {
    for (std::int64_t c = 0; c < 6; ++c) {
      const double got =
          outputs[level].select(0, 0).select(0, c).select(0, 0).select(0, 0).item<double>();
      EXPECT_NEAR(got, first[level][static_cast<std::size_t>(c)], 5e-3);
    }
  }
}

TEST_F(YoloFastest, FindsWhatThePeerFinds) {
  DetectorInput input = detector_.input;
  EXPECT_EQ(input.stretch, StretchKind::corners);
  expect_found(kCorners, input);
  input.stretch = StretchKind::opencv;
  expect_found(kOpencv, input);
}

// The other order of channels still gives plausible boxes; only this picture shows it.
TEST_F(YoloFastest, IsToldFromSwappedChannels) {
  DetectorInput input = detector_.input;
  input.bgr = true;
  double best = 0;
  for (const ScoredBox& box : detect("giraffe", input)) {
    if (label(box) == "giraffe") best = std::max(best, box.score);
  }
  EXPECT_NEAR(best, .284, 0.02);
}

TEST_F(YoloFastest, IsWrittenAsItWasRead) {
  const TemporaryFolder folder;
  save_darknet(*detector_.model, folder.path() / "again");
  const std::string before = read_file(weights_, 1 << 24);
  const std::string after = read_file(folder.path() / "again.weights", 1 << 24);
  // Behind the header, whose counter of pictures begins again.
  EXPECT_TRUE(before.substr(20) == after.substr(20));
  const LoadedDetector again = make_detector(folder.path() / "again.cfg");
  EXPECT_EQ(again.model->info().labels, detector_.model->info().labels);
  EXPECT_EQ(again.model->config_json().at("cfg"), detector_.model->config_json().at("cfg"));
}

TEST_F(YoloFastest, KeepsClassesByName) {
  const LoadedDetector fewer =
      make_detector(weights_, {.labels = {"dog", "raccoon", "car"}, .input_size = Size{256, 352}});
  EXPECT_EQ(fewer.input.size, (Size{256, 352}));
  ASSERT_TRUE(fewer.report.kept_rows.has_value());
  EXPECT_EQ(fewer.report.kept_rows->kept, 2);
  EXPECT_EQ(fewer.report.kept_rows->all, 3);
  const at::NoGradGuard no_grad;
  fewer.model->eval();
  const at::Tensor x = pixels(picture("dog"), detector_.input);
  const Predictions all = decode(detector_.model->info().head, detector_.model->forward(x));
  const Predictions some = decode(fewer.model->info().head, fewer.model->forward(x));
  const auto same = [](const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>() < 1e-4;
  };
  EXPECT_TRUE(same(all.boxes, some.boxes));
  EXPECT_TRUE(same(all.objectness, some.objectness));
  EXPECT_TRUE(same(all.classes.select(2, 16), some.classes.select(2, 0)));
  EXPECT_TRUE(same(all.classes.select(2, 2), some.classes.select(2, 2)));
  const DetectorHeadOptions odd{.input_size = Size{300, 320}};
  EXPECT_THROW(make_detector(weights_, odd), Error);
}

TEST_F(YoloFastest, IsOpenedFromASavedFolder) {
  const TemporaryFolder folder;
  save_pretrained(*detector_.model, folder.path());
  DetectorInput input = detector_.input;
  input.stretch = StretchKind::opencv;
  write_file_atomically(folder.path() / "preprocessor_config.json", dump_json(input.to_json()));
  const LoadedDetector again = make_detector(folder.path());
  EXPECT_EQ(again.input, input);
  const at::NoGradGuard no_grad;
  again.model->eval();
  const at::Tensor x = pixels(picture("eagle"), input);
  EXPECT_TRUE(again.model->forward(x)[0].equal(detector_.model->forward(x)[0]));
}

}  // namespace
}  // namespace attune
