#include "attune/media/boxes/nms.h"

#include <vector>

#include <gtest/gtest.h>

#include "attune/base/json.h"

namespace attune {
namespace {

// Goldens: tests/parity/detection/make_golden.py.
class NmsParity : public ::testing::Test {
 protected:
  void SetUp() override {
    cases_ = read_json(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/detection/nms.json");
    ASSERT_FALSE(cases_.empty());
  }

  static std::vector<ScoredBox> boxes(const Json& entry) {
    std::vector<ScoredBox> result;
    for (std::size_t i = 0; i < entry.at("boxes").size(); ++i) {
      const Json& b = entry.at("boxes")[i];
      result.push_back({{b[0], b[1], b[2], b[3]}, entry.at("classes")[i], entry.at("scores")[i]});
    }
    return result;
  }

  Json cases_;
};

TEST_F(NmsParity, KeepsWhatTorchvisionKeeps) {
  for (const Json& entry : cases_) {
    const std::vector<ScoredBox> all = boxes(entry);
    for (const bool agnostic : {false, true}) {
      std::vector<ScoredBox> want;
      for (const Json& i : entry.at(agnostic ? "agnostic" : "batched")) {
        want.push_back(all[i.get<std::size_t>()]);
      }
      const NmsOptions options{.iou_threshold = entry.at("threshold"), .class_agnostic = agnostic};
      EXPECT_EQ(suppress(all, options), want);
    }
  }
}

TEST_F(NmsParity, LowersScoresAsSoftNmsDoes) {
  for (const Json& entry : cases_) {
    const std::vector<ScoredBox> all = boxes(entry);
    for (const auto& [kind, name] :
         {std::pair{Suppression::linear, "linear"}, {Suppression::gaussian, "gaussian"}}) {
      const auto got =
          suppress(all, {.iou_threshold = entry.at("threshold"), .kind = kind, .min_score = 0.05});
      const Json& want = entry.at(name);
      ASSERT_EQ(got.size(), want.size()) << name;
      for (std::size_t i = 0; i < got.size(); ++i) {
        EXPECT_EQ(got[i].box, all[want[i][0].get<std::size_t>()].box);
        EXPECT_NEAR(got[i].score, want[i][1].get<double>(), 1e-12);
      }
    }
  }
}

}  // namespace
}  // namespace attune
