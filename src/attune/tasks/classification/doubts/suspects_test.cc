#include "attune/tasks/classification/doubts/suspects.h"

#include <limits>

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/text/text_dataset.h"

namespace attune {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

at::Tensor rows(std::vector<float> values, std::int64_t width) {
  return at::tensor(values, at::TensorOptions(at::kFloat)).view({-1, width}).contiguous();
}

// cleanlab 2's get_label_quality_scores (self_confidence) of these: 0.2, 0.5, 0.05, 0.1, 0.05.
TEST(Suspects, LeastBelievedFirst) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor p = rows({0.2F, 0.5F, 0.3F,    //
                             0.5F, 0.3F, 0.2F,    // believed
                             0.05F, 0.9F, 0.05F,  //
                             0.8F, 0.1F, 0.1F,    //
                             0.05F, 0.45F, 0.5F,  // less sure what it is, as sure what it is not
                             nan, nan, nan},
                            3);
  const std::vector<std::int64_t> labels = {0, 0, 0, 1, 0, 2};
  EXPECT_THAT(rank_suspects(p, labels, 10), ElementsAre(2, 4, 3, 0));
  EXPECT_THAT(rank_suspects(p, labels, 2), ElementsAre(2, 4));
}

TextDataset texts() {
  TextDataset data;
  data.label_kind = LabelKind::single_label;
  data.label_names = {"bad", "good"};
  for (const auto& [text, label] : {std::pair{"a", 0}, {"b", 1}, {"c", 1}, {"new", 0}}) {
    data.examples.push_back({.text = text, .label = label});
  }
  return data;
}

/// Two folds: the first held out "c" and "a", the second "b".
void write_folds(const fs::path& run, bool with_keys = true) {
  const TextDataset data = texts();
  const std::vector<std::string> keys = contents_of(data).keys;
  const auto write = [&](int fold, std::vector<std::size_t> held_out, std::vector<float> logits) {
    Json predictions = {{"targets", Json::array()}, {"called", Json::array()}, {"logits", logits}};
    for (const std::size_t n : held_out) {
      predictions["targets"].push_back(data.examples[n].label);
      if (with_keys) predictions["keys"].push_back(keys[n]);
    }
    const fs::path folder = run / fmt::format("fold-{}", fold);
    fs::create_directories(folder);
    write_file_atomically(folder / "fold.json",
                          dump_json({{"settings", {{"classes", data.label_names}}},
                                     {"metrics", Json::object()},
                                     {"predictions", predictions}}));
  };
  write(1, {2, 0}, {0, 0, -2, 2});
  write(2, {1}, {3, 0});
}

TEST(Suspects, AreDoubtedByModelsThatHaveNotSeenThem) {
  const TemporaryFolder folder;
  EXPECT_FALSE(HeldOutPredictions::read(folder.path()));
  write_folds(folder.path());
  const std::optional<HeldOutPredictions> held_out = HeldOutPredictions::read(folder.path());
  ASSERT_TRUE(held_out);
  std::vector<std::string> asked;
  // Of what no fold held out every model is asked, of nothing else.
  const Believe<TextDataset> believe = [&](const fs::path& model, const TextDataset& data) {
    for (const TextExample& example : data.examples) {
      asked.push_back(model.filename().string() + ":" + example.text);
    }
    return Belief{
        {"bad", "good"},
        rows(asked.size() == 1 ? std::vector<float>{0.2F, 0.8F} : std::vector<float>{0.6F, 0.4F},
             2)};
  };
  const TextDataset data = texts();
  const std::optional<Belief> belief = out_of_sample(*held_out, data, believe);
  ASSERT_TRUE(belief);
  EXPECT_THAT(asked, ElementsAre("fold-1:new", "fold-2:new"));
  const float* const p = belief->probabilities.const_data_ptr<float>();
  EXPECT_NEAR(p[0], 0.018, 0.001);  // "a", the second of its fold
  EXPECT_NEAR(p[2], 0.953, 0.001);
  EXPECT_NEAR(p[4], 0.5, 0.001);
  EXPECT_NEAR(p[6], 0.4, 0.001);
  DataCheck check;
  find_suspects<TextDataset>({{"train", &data}}, {}, held_out, Seen::training, believe, 10, check);
  ASSERT_EQ(check.findings.size(), 1U);
  EXPECT_THAT(check.findings[0].text, HasSubstr("has not seen"));
  EXPECT_EQ(check.findings[0].examples[0].examples[0], (ExampleId{0, 0}));
  EXPECT_EQ(check.findings[0].examples[0].detail, "rather good (0.982)");
}

TEST(Suspects, FoldsThatDoNotNameTheirExamplesAreRefused) {
  const TemporaryFolder folder;
  write_folds(folder.path(), false);
  EXPECT_THAT(error_of(ErrorKind::user, [&] { HeldOutPredictions::read(folder.path()); }),
              HasSubstr("train the folds again"));
}

TEST(Suspects, AModelThatHasSeenThemIsTold) {
  DataCheck check;
  const std::vector<std::int64_t> labels = {0};
  add_suspects(rows({0.1F, 0.9F}, 2), labels, {"a", "b"}, {0, "train"}, Seen::training, 5, check);
  EXPECT_THAT(check.findings[0].text, HasSubstr("the model has seen these examples"));
  EXPECT_THAT(check.findings[0].advice, HasSubstr("--folds"));
}

}  // namespace
}  // namespace attune
