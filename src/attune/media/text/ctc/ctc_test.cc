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
  ASSERT_EQ(text.words[0].symbols.size(), 2U);
  EXPECT_EQ(text.words[0].symbols[0].end, 2);
  EXPECT_EQ(text.words[0].symbols[1].begin, 3);
  // Softmax of -1 and three times -5.
  EXPECT_NEAR(text.words[0].symbols[0].probability, 1 / (1 + 3 * std::exp(-4)), 1e-6);
  EXPECT_EQ(decode_greedily({}, kAbc).text(), "");
}

TEST(Ctc, special_symbols_are_written_as_nothing) {
  const CtcAlphabet alphabet{{"", "|", "a", ""}, 0, 1};
  //                                     a s a | s | a
  const std::vector<std::size_t> path = {2, 3, 2, 1, 3, 1, 2};
  std::vector<float> p(path.size() * 4, -9);
  for (std::size_t t = 0; t < path.size(); ++t) p[t * 4 + path[t]] = -0.01f;
  EXPECT_EQ(decode_greedily(p, alphabet).text(), "aa a");
  EXPECT_EQ(decode_greedily(p, alphabet).words.size(), 2U);
  EXPECT_EQ(BeamSearch(alphabet, {}, nullptr).decode(p)[0].text(), "aa a");
}

TEST(Ctc, confidence_of_a_word_is_the_mean_over_its_symbols_frames) {
  TimedWord word;
  word.add({"a", 3, 4, 0.5});
  word.add({"b", 6, 9, 0.9});
  EXPECT_EQ(word.text, "ab");
  EXPECT_EQ(word.begin, 3);
  EXPECT_EQ(word.end, 9);
  EXPECT_NEAR(word.confidence, (0.5 + 3 * 0.9) / 4, 1e-12);
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
        for (std::size_t k = 0; k < text.words[i].symbols.size(); ++k) {
          const TimedSymbol& symbol = text.words[i].symbols[k];
          const TimedSymbol& expected = judged.best_way.words[i].symbols[k];
          EXPECT_EQ(symbol.text, expected.text);
          EXPECT_EQ(symbol.begin, expected.begin) << text.text();
          EXPECT_EQ(symbol.end, expected.end) << text.text();
          double sum = 0;
          for (std::int64_t t = symbol.begin; t < symbol.end; ++t) {
            sum += std::exp(p[t * 4 + (symbol.text == "a" ? 2 : 3)]);
          }
          EXPECT_NEAR(symbol.probability, sum / static_cast<double>(symbol.end - symbol.begin),
                      1e-6);
        }
      }
    }
    EXPECT_TRUE(std::ranges::is_sorted(found, std::ranges::greater{}, &CtcText::score));
    const auto best = search.decode(p, 2);
    ASSERT_EQ(best.size(), 2U);
    EXPECT_EQ(best[1].text(), found[1].text());
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

TEST(CtcBeamSearch, hot_words_are_preferred) {
  std::vector<float> p = {0.02f, 0.02f, 0.80f, 0.16f,   // a
                          0.90f, 0.02f, 0.04f, 0.04f,   // -
                          0.02f, 0.02f, 0.60f, 0.36f};  // a, or b
  for (float& x : p) x = std::log(x);
  const std::vector<CtcText> found = BeamSearch(kAbc, {.hot_words = {"ab bb"}}, nullptr).decode(p);
  EXPECT_EQ(found[0].text(), "ab");
  EXPECT_NEAR(found[0].score - found[0].acoustic_score, 10, 1e-9);
  EXPECT_THAT(error_of(ErrorKind::user, [] { BeamSearch(kAbc, {.hot_words = {"AB"}}, nullptr); }),
              HasSubstr("the hot word \"AB\" cannot be written"));
}

std::shared_ptr<const Lexicon> lexicon_of(std::string_view text) {
  return std::make_shared<const Lexicon>(parse_lexicon(text, "words.txt", kAbc));
}

TEST(CtcBeamSearch, lexicon_leaves_its_words_alone) {
  const BeamSearchOptions wide{.beam_width = 10'000, .beam_prune = -1e9, .label_prune = -1e9};
  const BeamSearch free(kAbc, wide, nullptr), bound(kAbc, wide, nullptr, lexicon_of("ab\nb\n"));
  for (std::uint64_t stream = 0; stream < 5; ++stream) {
    const auto p = random_log_probabilities(6, stream);
    std::vector<CtcText> expected;
    for (CtcText& text : free.decode(p)) {
      if (std::ranges::all_of(text.words,
                              [](const TimedWord& w) { return w.text == "ab" || w.text == "b"; })) {
        expected.push_back(std::move(text));
      }
    }
    const auto found = bound.decode(p);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].text(), expected[i].text());
      EXPECT_NEAR(found[i].score, expected[i].score, 1e-9);
    }
  }
}

TEST(CtcBeamSearch, lexicon_spells_words_and_the_model_chooses_between_what_is_spelled_alike) {
  const auto lexicon = lexicon_of("two\ta b |\nTWO a b\nb\n");
  std::vector<float> p = {0.01f, 0.01f, 0.97f, 0.01f,   // a
                          0.01f, 0.01f, 0.01f, 0.97f,   // b
                          0.01f, 0.97f, 0.01f, 0.01f};  // |
  for (float& x : p) x = std::log(x);
  const auto model = [](const char* likely, const char* other) {
    return std::make_shared<const NGramModel>(parse_arpa(
        fmt::format("\\data\\\nngram 1=3\n\\1-grams:\n-0.1 {}\n-1 {}\n-0.5 </s>\n\\end\\\n", likely,
                    other),
        "lm"));
  };
  const auto found = BeamSearch(kAbc, {}, model("two", "TWO"), lexicon).decode(p);
  EXPECT_EQ(found[0].text(), "two");
  EXPECT_EQ(found[1].text(), "TWO");
  EXPECT_EQ(found[0].words[0].symbols[1].text, "b");
  EXPECT_EQ(BeamSearch(kAbc, {}, model("TWO", "two"), lexicon).decode(p)[0].text(), "TWO");
}

TEST(CtcBeamSearch, lexicon_without_a_word_for_what_is_said_gives_its_next_best) {
  // Pruning leaves nothing but "b", which no word begins with.
  std::vector<float> p(4 * 3, -20);
  for (std::size_t t = 0; t < 3; ++t) p[t * 4 + 3] = -0.01f;
  EXPECT_EQ(BeamSearch(kAbc, {}, nullptr, lexicon_of("ab\n")).decode(p)[0].text(), "ab");
  p[2] = -0.001f;  // "a", and then "b": only the beginning of a word
  EXPECT_EQ(BeamSearch(kAbc, {}, nullptr, lexicon_of("aba\n")).decode(p)[0].text(), "");
}

TEST(CtcBeamSearch, word_that_the_lexicon_does_not_hold_takes_none_of_the_others) {
  //                                        b a | | a b
  const std::vector<std::size_t> said = {3, 2, 1, 1, 2, 3};
  std::vector<float> p(4 * said.size(), -20);
  for (std::size_t t = 0; t < said.size(); ++t) p[t * 4 + said[t]] = -0.01f;
  EXPECT_EQ(BeamSearch(kAbc, {}, nullptr, lexicon_of("ab\nbab\n")).decode(p)[0].text(), "bab ab");
}

TEST(Lexicon, tells_the_line_of_what_is_wrong) {
  const auto problem = [](std::string_view text) {
    return error_of(ErrorKind::data, [&] { parse_lexicon(text, "words.txt", kAbc); });
  };
  EXPECT_THAT(problem("ab\nab new\n"),
              HasSubstr("words.txt:2: \"new\" behind the word \"ab\" is no label of the model"));
  EXPECT_THAT(problem("ab a | b\n"), HasSubstr("\"b\" behind the word"));
  EXPECT_THAT(problem("\n \n"), HasSubstr("no word in it"));
  EXPECT_THAT(problem("ab\n\xff\n"), HasSubstr("words.txt:2: not valid UTF-8"));
  const Lexicon lexicon = parse_lexicon(
      "\xEF\xBB\xBF"
      "ab\r\nab\n\nb\n",
      "words.txt", kAbc);
  ASSERT_EQ(lexicon.size(), 2U);
  EXPECT_EQ(lexicon.word(0), "ab");
  EXPECT_EQ(lexicon.word(1), "b");
}

TEST(Lexicon, must_fit_the_alphabet_and_hold_the_hot_words) {
  const auto problem = [](const CtcAlphabet& alphabet, const char* words,
                          BeamSearchOptions options) {
    return error_of(ErrorKind::user,
                    [&] { BeamSearch(alphabet, options, nullptr, lexicon_of(words)); });
  };
  EXPECT_THAT(problem(kAbc, "AB\n", {}), HasSubstr("none of the lexicon's 1 words"));
  EXPECT_THAT(problem({kAbc.labels, 0, -1}, "ab\n", {}), HasSubstr("writes no spaces"));
  EXPECT_THAT(problem(kAbc, "ab\n", {.hot_words = {"ba"}}),
              HasSubstr("none of the lexicon's: add"));
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
