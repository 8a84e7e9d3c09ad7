// Compares with transformers, pyctcdecode and torchaudio: tests/parity/ctc/make_golden.py.
#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/media/text/ctc/beam_search.h"
#include "attune/media/text/ctc/forced_alignment.h"
#include "attune/media/text/ctc/greedy.h"
#include "attune/media/text/ngram/arpa.h"

namespace attune {
namespace {

const fs::path kFolder = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/ctc";

class CtcParity : public ::testing::Test {
 protected:
  Json golden_ = read_json(kFolder / "golden.json");
  CtcAlphabet alphabet_{golden_["letters"].get<std::vector<std::string>>(), 0, 1};
};

BeamSearchOptions options_of(const Json& json) {
  return {.beam_width = json["beam_width"],
          .beam_prune = json["beam_prune_logp"],
          .label_prune = json["token_min_logp"],
          .lm_weight = json["alpha"],
          .word_bonus = json["beta"],
          .unknown_score = json["unk_score_offset"]};
}

void expect_beams(const std::vector<CtcText>& got, const Json& expected) {
  ASSERT_GE(got.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    SCOPED_TRACE("hypothesis " + std::to_string(i) + ": " + got[i].text());
    ASSERT_NEAR(got[i].score, expected[i]["score"].get<double>(), 1e-4);
    ASSERT_NEAR(got[i].acoustic_score, expected[i]["acoustic"].get<double>(), 1e-4);
    ASSERT_EQ(got[i].text(), expected[i]["text"]);
  }
}

TEST_F(CtcParity, greedy) {
  for (const Json& item : golden_["cases"]) {
    const auto scores = item["scores"].get<std::vector<float>>();
    EXPECT_EQ(decode_greedily(scores, alphabet_).text(), item["greedy"]);
  }
}

TEST_F(CtcParity, beam_search) {
  const auto model = std::make_shared<const NGramModel>(read_arpa(kFolder / "words.arpa"));
  std::size_t number = 0;
  for (const Json& item : golden_["cases"]) {
    SCOPED_TRACE("case " + std::to_string(number++) + " " + item["options"].dump());
    const auto scores = item["scores"].get<std::vector<float>>();
    const BeamSearchOptions options = options_of(item["options"]);
    expect_beams(BeamSearch(alphabet_, options, nullptr).decode(scores), item["plain"]);
    expect_beams(BeamSearch(alphabet_, options, model).decode(scores), item["lm"]);
  }
}

// 60 frames of noise, where a beam fills with variants of what was said long ago. Neither search is
// exact: ours may lose a nat in one case and must win over all.
TEST_F(CtcParity, the_best_text_of_long_outputs) {
  const auto model = std::make_shared<const NGramModel>(read_arpa(kFolder / "words.arpa"));
  double gained = 0;
  for (const Json& item : read_json(kFolder / "long.json")) {
    const auto scores = item["scores"].get<std::vector<float>>();
    for (const Json& best : item["best"]) {
      SCOPED_TRACE(best.dump());
      const BeamSearch search(alphabet_, {.lm_weight = best["alpha"], .word_bonus = best["beta"]},
                              model);
      const double more = search.decode(scores, 1).front().score - best["score"].get<double>();
      EXPECT_GT(more, -1);
      gained += more;
    }
  }
  EXPECT_GT(gained, 0);
}

TEST_F(CtcParity, hot_words) {
  const auto model = std::make_shared<const NGramModel>(read_arpa(kFolder / "words.arpa"));
  std::size_t number = 0;
  for (const Json& item : read_json(kFolder / "hot_words.json")) {
    SCOPED_TRACE("case " + std::to_string(number) + " " + item["words"].dump());
    const Json& heard = golden_["cases"][number++];
    const auto scores = heard["scores"].get<std::vector<float>>();
    BeamSearchOptions options = options_of(heard["options"]);
    options.hot_words = item["words"].get<std::vector<std::string>>();
    options.hot_word_weight = item["weight"];
    expect_beams(BeamSearch(alphabet_, options, nullptr).decode(scores), item["plain"]);
    expect_beams(BeamSearch(alphabet_, options, model).decode(scores), item["lm"]);
  }
}

TEST_F(CtcParity, forced_alignment) {
  std::size_t number = 0;
  for (const Json& item : read_json(kFolder / "alignments.json")) {
    SCOPED_TRACE("case " + std::to_string(number++));
    const auto scores = item["scores"].get<std::vector<float>>();
    const auto target = item["target"].get<std::vector<std::int64_t>>();
    const CtcAlignment got =
        align_forced(scores, std::ssize(alphabet_.labels), target, alphabet_.blank);
    EXPECT_NEAR(got.score, item["score"].get<double>(), 1e-4);
    ASSERT_EQ(got.symbols.size(), item["symbols"].size());
    for (std::size_t i = 0; i < got.symbols.size(); ++i) {
      const Json& expected = item["symbols"][i];
      EXPECT_EQ(got.symbols[i].label, expected[0]);
      EXPECT_EQ(got.symbols[i].begin, expected[1]);
      EXPECT_EQ(got.symbols[i].end, expected[2]);
      EXPECT_NEAR(got.symbols[i].probability, expected[3].get<double>(), 1e-5);
    }
  }
}

}  // namespace
}  // namespace attune
