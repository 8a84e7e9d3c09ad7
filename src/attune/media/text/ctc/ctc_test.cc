#include <cmath>
#include <limits>
#include <map>

#include <gmock/gmock.h>

#include "attune/base/rng.h"
#include "attune/base/testing/error_of.h"
#include "attune/media/text/ctc/beam_search.h"
#include "attune/media/text/ctc/greedy.h"
#include "attune/media/text/ngram/arpa.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

const CtcAlphabet kAbc{{"", "|", "a", "b"}, 0, 1};

std::vector<float> random_log_probabilities(std::size_t frames, std::uint64_t stream) {
  const Rng rng(5, "outputs", stream);
  std::vector<float> result;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    double total = 0;
    std::array<double, 4> e{};
    for (std::size_t i = 0; i < 4; ++i) total += e[i] = std::exp(rng.normal(frame * 4 + i));
    for (const double x : e) result.push_back(static_cast<float>(std::log(x / total)));
  }
  return result;
}

struct Judged {
  double probability = 0, best = 0;
  CtcText best_way;
};

/// The probability of every text, from all 4^frames ways: the judge of the search.
std::map<std::string, Judged> all_texts(std::span<const float> p) {
  const std::size_t frames = p.size() / 4;
  std::map<std::string, Judged> texts;
  for (std::size_t way = 0; way < std::size_t{1} << (2 * frames); ++way) {
    std::vector<float> one_hot(p.size(), -1);
    double log_probability = 0;
    for (std::size_t t = 0; t < frames; ++t) {
      const std::size_t label = way >> (2 * t) & 3;
      one_hot[t * 4 + label] = 1;
      log_probability += p[t * 4 + label];
    }
    const CtcText text = decode_greedily(one_hot, kAbc);
    Judged& judged = texts[text.text()];
    const double probability = std::exp(log_probability);
    judged.probability += probability;
    if (probability > judged.best) judged.best = probability, judged.best_way = text;
  }
  return texts;
}

TEST(CtcGreedy, collapses_repeats_and_tells_times) {
  //                                     a a - a | b
  const std::vector<std::size_t> path = {2, 2, 0, 2, 1, 3};
  std::vector<float> scores(path.size() * 4, -5);
  for (std::size_t t = 0; t < path.size(); ++t) scores[t * 4 + path[t]] = -1;
  const CtcText text = decode_greedily(scores, kAbc);
  EXPECT_EQ(text.text(), "aa b");
  EXPECT_DOUBLE_EQ(text.score, -6);
  EXPECT_EQ(text.words[0].begin, 0);
  EXPECT_EQ(text.words[0].end, 4);
  EXPECT_EQ(text.words[1].begin, 5);
  EXPECT_EQ(text.words[1].end, 6);
  EXPECT_EQ(decode_greedily({}, kAbc).text(), "");
}

TEST(CtcBeamSearch, finds_the_most_probable_text) {
  const BeamSearchOptions wide{.beam_width = 10'000, .beam_prune = -1e9, .label_prune = -1e9};
  const BeamSearch search(kAbc, wide, nullptr);
  for (std::uint64_t stream = 0; stream < 5; ++stream) {
    const auto p = random_log_probabilities(5, stream);
    const auto texts = all_texts(p);
    const auto found = search.decode(p);
    EXPECT_EQ(found.size(), texts.size());
    for (const CtcText& text : found) {
      const Judged& judged = texts.at(text.text());
      EXPECT_NEAR(std::exp(text.score), judged.probability, 1e-6) << text.text();
      for (std::size_t i = 0; i < text.words.size(); ++i) {
        EXPECT_EQ(text.words[i].begin, judged.best_way.words[i].begin) << text.text();
        EXPECT_EQ(text.words[i].end, judged.best_way.words[i].end) << text.text();
      }
    }
    EXPECT_TRUE(std::ranges::is_sorted(found, std::ranges::greater{}, &CtcText::score));
  }
}

TEST(CtcBeamSearch, language_model_decides_between_what_sounds_alike) {
  const auto model = std::make_shared<const NGramModel>(
      parse_arpa("\\data\\\nngram 1=3\n\\1-grams:\n-0.1 ab\n-3 aa\n-0.5 </s>\n\\end\\\n", "lm"));
  std::vector<float> p = {0.02f, 0.02f, 0.80f, 0.16f,   // a
                          0.90f, 0.02f, 0.04f, 0.04f,   // -
                          0.02f, 0.02f, 0.60f, 0.36f};  // a, or b
  for (float& x : p) x = std::log(x);
  EXPECT_EQ(BeamSearch(kAbc, {}, nullptr).decode(p)[0].text(), "aa");
  EXPECT_EQ(BeamSearch(kAbc, {}, model).decode(p)[0].text(), "ab");
}

TEST(CtcBeamSearch, empty_recording_says_nothing) {
  const auto found = BeamSearch(kAbc, {}, nullptr).decode({});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].text(), "");
}

TEST(Ctc, refuses_what_does_not_fit) {
  EXPECT_THAT(error_of(ErrorKind::user, [] { BeamSearch(kAbc, {.beam_width = 0}, nullptr); }),
              HasSubstr("a beam width of 0"));
  EXPECT_THAT(error_of(ErrorKind::user,
                       [] {
                         BeamSearch({{"a"}, 1, -1}, {}, nullptr);
                       }),
              HasSubstr("the CTC blank is label 1 of 1"));
  std::vector<float> p(8, -1);
  EXPECT_THAT(error_of(ErrorKind::user, [&] { decode_greedily(std::span(p).first(7), kAbc); }),
              HasSubstr("7 scores for frames of 4 labels"));
  p[6] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(error_of(ErrorKind::data, [&] { decode_greedily(p, kAbc); }),
              HasSubstr("label 2 in frame 1 is NaN"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { BeamSearch(kAbc, {}, nullptr).decode(p); }),
              HasSubstr("label 2 in frame 1 is NaN"));
}

}  // namespace
}  // namespace attune
