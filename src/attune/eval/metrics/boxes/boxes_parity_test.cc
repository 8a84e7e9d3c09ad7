// Compares with pycocotools, ultralytics and TIDE: tests/parity/boxes/make_golden.py.
#include <gtest/gtest.h>

#include <cmath>

#include "attune/base/json.h"
#include "attune/eval/metrics/boxes/box_errors.h"
#include "attune/eval/metrics/boxes/coco_scores.h"
#include "attune/eval/metrics/boxes/confidence_curves.h"

namespace attune {
namespace {

Json golden() {
  return read_json(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/boxes/golden.json");
}

std::vector<JudgedPicture> pictures_of(const Json& item) {
  std::vector<JudgedPicture> pictures;
  for (const Json& made : item["pictures"]) {
    JudgedPicture& picture = pictures.emplace_back();
    for (const Json& box : made["truth"]) {
      picture.truth.push_back({.box = box_from_corner(box[0], box[1], box[2], box[3]),
                               .class_id = box[4],
                               .crowd = box[5] != 0,
                               .area = box[6]});
    }
    for (const Json& box : made["found"]) {
      picture.found.push_back({box_from_corner(box[0], box[1], box[2], box[3]), box[4], box[5]});
    }
  }
  return pictures;
}

void expect_scores(const CocoScores& scores, const Json& wanted) {
  const MetricValues values = scores.values();
  const auto infos = CocoScores::infos();
  for (std::size_t i = 0; i < infos.size(); ++i) {
    const auto value = values.find(infos[i].name);
    EXPECT_NEAR(value.value_or(-1), wanted[i].get<double>(), 1e-9) << infos[i].name;
  }
}

TEST(BoxesParity, pycocotools) {
  for (const Json& item : golden()) {
    SCOPED_TRACE(item["name"].get<std::string>());
    const CocoResults results = coco_scores(pictures_of(item), item["classes"]);
    expect_scores(results.all, item["coco"]);
    for (std::size_t c = 0; c < results.by_class.size(); ++c) {
      SCOPED_TRACE(c);
      expect_scores(results.by_class[c], item["coco_by_class"][c]);
    }
  }
}

void expect_curve(const std::vector<double>& curve, const Json& wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_NEAR(curve[i * 111], wanted[i].get<double>(), 1e-9) << i * 111;
  }
}

TEST(BoxesParity, ultralytics) {
  for (const Json& item : golden()) {
    if (!item.contains("ultralytics")) continue;
    SCOPED_TRACE(item["name"].get<std::string>());
    const Json& wanted = item["ultralytics"];
    const ConfidenceCurves curves = confidence_curves(pictures_of(item), item["classes"]);
    const MetricValues values = curves.values();
    for (const MetricInfo& info : ConfidenceCurves::infos()) {
      EXPECT_NEAR(values.find(info.name).value(), wanted[info.name].get<double>(), 1e-9)
          << info.name;
    }
    for (std::size_t row = 0; row < wanted["classes"].size(); ++row) {
      const ClassCurves& one = curves.by_class[wanted["classes"][row].get<std::size_t>()];
      expect_curve(one.precision, wanted["precision_curve"][row]);
      expect_curve(one.recall, wanted["recall_curve"][row]);
      expect_curve(one.f1, wanted["f1_curve"][row]);
      expect_curve(one.precision_at_recall, wanted["precision_at_recall"][row]);
      for (std::size_t t = 0; t < kCocoThresholds; ++t) {
        EXPECT_NEAR(one.average_precision[t], wanted["average_precision"][row][t].get<double>(),
                    1e-9);
      }
    }
  }
}

TEST(BoxesParity, tide) {
  constexpr std::array kNames = {"wrong_class", "badly_placed", "both",
                                 "duplicate",   "background",   "missed"};
  for (const Json& item : golden()) {
    if (!item.contains("tide")) continue;
    SCOPED_TRACE(item["name"].get<std::string>());
    const Json& wanted = item["tide"];
    const BoxErrors errors = box_errors(pictures_of(item));
    EXPECT_NEAR(errors.map_50, wanted["map_50"].get<double>(), 1e-9);
    for (std::size_t kind = 0; kind < kBoxErrors; ++kind) {
      EXPECT_EQ(errors.count[kind], wanted["count"][kNames[kind]].get<std::int64_t>())
          << kNames[kind];
      EXPECT_NEAR(errors.cost[kind], wanted["cost"][kNames[kind]].get<double>(), 1e-9)
          << kNames[kind];
    }
  }
}

}  // namespace
}  // namespace attune
