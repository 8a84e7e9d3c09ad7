#include <cmath>

#include <gmock/gmock.h>
#include <zlib.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/text/strings.h"
#include "attune/media/text/ngram/arpa.h"
#include "attune/media/text/ngram/estimate.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kSmall = R"(
\data\
ngram 1=4
ngram 2=2

\1-grams:
-1.0	<s>	-0.5
-0.5	a	-0.25
-0.75	b
-1.5	</s>

\2-grams:
-0.125	<s> a
-0.375	a b

\end\
)";

/// The model with one piece of its text replaced.
NGramModel changed(std::string_view from, std::string_view to) {
  std::string text(kSmall);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return parse_arpa(text.replace(at, from.size(), to), "lm.arpa");
}

std::string problem(std::string_view from, std::string_view to) {
  return error_of(ErrorKind::data, [&] { changed(from, to); });
}

TEST(NGramModel, backs_off) {
  const NGramModel model = parse_arpa(kSmall, "lm.arpa");
  EXPECT_EQ(model.order(), 2);
  EXPECT_DOUBLE_EQ(model.score_sentence("a"), -0.125 + (-0.25 - 1.5));
  EXPECT_DOUBLE_EQ(model.score_sentence("b a b", true, false), (-0.5 - 0.75) + (0 - 0.5) + -0.375);
  EXPECT_DOUBLE_EQ(model.score_sentence("a", false, false), -0.5);
  // A word that is in no model, and what follows it.
  EXPECT_DOUBLE_EQ(model.score_sentence("x a", false, false), -100 - 0.5);
}

TEST(NGramModel, states_are_equal_where_the_future_is) {
  const NGramModel model = parse_arpa(kSmall, "lm.arpa");
  NGramModel::State first = model.begin_state(), second = model.empty_state();
  EXPECT_FALSE(first == second);
  model.score(first, model.id_of("a"));
  model.score(second, model.id_of("a"));
  EXPECT_TRUE(first == second);
}

TEST(NGramModel, takes_an_ngram_whose_beginning_is_missing) {
  // Pruned models have such; the beginning then has no probability of its own.
  const NGramModel model = parse_arpa(
      "\\data\\\nngram 1=2\nngram 2=0\nngram 3=1\n\\1-grams:\n-1 a -0.5\n-2 b -0.25\n\\2-grams:\n"
      "\\3-grams:\n-0.5 a b a\n\\end\\\n",
      "lm.arpa");
  EXPECT_DOUBLE_EQ(model.score_sentence("a b a", false, false), -1 + (-0.5 - 2) - 0.5);
  EXPECT_DOUBLE_EQ(model.score_sentence("a b b", false, false), -1 + (-0.5 - 2) + (-0.25 - 2));
}

TEST(Arpa, tells_the_line_of_what_is_wrong) {
  EXPECT_THAT(problem("\\data\\", "data"), HasSubstr("lm.arpa:2: not an ARPA language model"));
  EXPECT_THAT(problem("\n\\data\\", "mmap lm http://kheafield.com/code format version 5\n"),
              HasSubstr("lm.arpa:1: a binary file of KenLM's"));
  EXPECT_THAT(problem("ngram 2=2", "ngram 3=2"), HasSubstr("lm.arpa:4: the count of 3-grams"));
  EXPECT_THAT(problem("ngram 2=2", "ngram 2=x"), HasSubstr("lm.arpa:4: expected ngram ORDER"));
  EXPECT_THAT(problem("ngram 1=4", "ngram 1=99999999999"), HasSubstr("cannot be in a file of"));
  EXPECT_THAT(problem("ngram 1=4", "ngram 1=3"), HasSubstr("lm.arpa:10: more 1-grams than the 3"));
  EXPECT_THAT(problem("ngram 2=2", "ngram 2=3"), HasSubstr("2 2-grams, but \\data\\ promises 3"));
  EXPECT_THAT(problem("-0.5\ta", "nan\ta"), HasSubstr("lm.arpa:8: the probability is \"nan\""));
  EXPECT_THAT(problem("-0.5\ta", "0.5\ta"), HasSubstr("a log10 probability of 0.5"));
  EXPECT_THAT(problem("-0.25", "inf"), HasSubstr("lm.arpa:8: the back-off is \"inf\""));
  EXPECT_THAT(problem("-0.25", "-0.25 x"), HasSubstr("\"x\" behind the back-off"));
  EXPECT_THAT(problem("<s> a", "<s>"), HasSubstr("lm.arpa:13: 1 words; expected 2"));
  EXPECT_THAT(problem("a b\n", "a c\n"), HasSubstr("\"c\" is not among the 1-grams"));
  EXPECT_THAT(problem("a b\n", "<s> a\n"), HasSubstr("lm.arpa:14: this 2-gram stands twice"));
  EXPECT_THAT(problem("a b\n", "a b -1\n"), HasSubstr("which has no back-off"));
  EXPECT_THAT(problem("\\end\\", ""), HasSubstr("expected \\end\\"));
  EXPECT_THAT(problem("\\2-grams:", "\\3-grams:"), HasSubstr("expected \\2-grams:"));
}

TEST(Arpa, tells_where_a_file_is_cut_off) {
  for (std::size_t size = 0; size < kSmall.size() - 6; ++size) {
    EXPECT_THAT(error_of(ErrorKind::data, [&] { parse_arpa(kSmall.substr(0, size), "lm.arpa"); }),
                HasSubstr("lm.arpa:"));
  }
}

/// A .gz file of one member.
std::string packed(std::string_view text) {
  std::string result(compressBound(text.size()) + 64, '\0');
  z_stream stream{};
  deflateInit2(&stream, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

TEST(Arpa, may_be_packed) {
  // Larger than a piece that is unpacked at once, so that lines lie across two.
  constexpr std::size_t kWords = 200'000;
  std::string text =
      fmt::format("\\data\\\nngram 1={}\nngram 2={}\n\\1-grams:\n", kWords, kWords - 1);
  for (std::size_t i = 0; i < kWords; ++i) {
    fmt::format_to(std::back_inserter(text), "-{}.5\tword{}\t-0.25\n", i % 7, i);
  }
  text += "\\2-grams:\n";
  for (std::size_t i = 1; i < kWords; ++i) {
    fmt::format_to(std::back_inserter(text), "-{}.75\tword{} word{}\n", i % 5, i - 1, i);
  }
  const std::string whole = text + "\\end\\\n";
  const std::string half = packed(std::string_view(whole).substr(0, 1'234'567)) +
                           packed(std::string_view(whole).substr(1'234'567));
  for (const std::string& bytes : {whole, packed(whole), half}) {
    const NGramModel model = parse_arpa(bytes, "lm.arpa");
    EXPECT_EQ(model.num_words(), kWords + 1);  // and <unk>
    for (std::size_t i = 1; i < kWords; i += 997) {
      NGramModel::State state = model.empty_state();
      model.score(state, model.id_of(fmt::format("word{}", i - 1)));
      EXPECT_FLOAT_EQ(model.score(state, model.id_of(fmt::format("word{}", i))),
                      -0.75f - static_cast<float>(i % 5));
    }
  }
  EXPECT_THAT(
      error_of(
          ErrorKind::data,
          [&] { parse_arpa(packed(whole).substr(0, packed(whole).size() / 2), "lm.arpa.gz"); }),
      HasSubstr("lm.arpa.gz: its compressed data are damaged or cut off"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { parse_arpa(packed(text), "lm.arpa.gz"); }),
              HasSubstr("lm.arpa.gz:400004: expected \\end\\"));
  const std::string line =
      std::string("\\data\\\nngram 1=1\n\\1-grams:\n-1 ") + std::string(3 << 20, 'a');
  EXPECT_THAT(error_of(ErrorKind::data, [&] { parse_arpa(packed(line), "lm.arpa.gz"); }),
              HasSubstr("lm.arpa.gz:4: a line of more than"));
}

std::string estimate(std::string_view text, int order, bool fallback) {
  NGramEstimator estimator(order);
  for (const std::string& line : split(text, '\n')) estimator.add(line);
  return estimator.to_arpa(fallback);
}

TEST(NGramEstimator, probabilities_behind_each_context_add_up_to_one) {
  const std::string text = "a b a\nb b c\na b c d\n\nd a b b";
  const NGramModel model = parse_arpa(estimate(text, 3, true), "ours");
  for (const std::string& context : split("a|b|a b|b c|never|", '|')) {
    for (const bool begin : {true, false}) {
      NGramModel::State state = begin ? model.begin_state() : model.empty_state();
      for (const std::string& word : split(context, ' ')) {
        if (!word.empty()) model.score(state, model.id_of(word));
      }
      double total = 0;
      for (std::uint32_t word = 0; word < model.num_words(); ++word) {
        if (model.word(word) == NGramModel::kBegin) continue;
        NGramModel::State copy = state;
        total += std::pow(10, model.score(copy, word));
      }
      EXPECT_NEAR(total, 1, 1e-5) << context;
    }
  }
}

TEST(NGramEstimator, counts) {
  NGramEstimator estimator(2, {0, 1});
  for (const char* line : {"a b", "a b", "", " b \t a "}) estimator.add(line);
  EXPECT_EQ(estimator.num_sentences(), 4U);
  EXPECT_EQ(estimator.num_words(), 6U);
  // <unk> <s> </s> a b; <s> a, a b and b </s> occur twice, <s> </s>, <s> b, b a and a </s> once.
  EXPECT_EQ(estimator.num_ngrams(), (std::vector<std::uint64_t>{5, 3}));
  const std::string arpa = estimator.to_arpa(true);
  EXPECT_THAT(arpa, HasSubstr("ngram 2=3\n"));
  EXPECT_EQ(parse_arpa(arpa, "ours").num_words(), 5U);
}

TEST(NGramEstimator, refuses_what_it_cannot_estimate) {
  EXPECT_THAT(error_of(ErrorKind::data, [] { estimate("a b\na c", 2, false); }),
              HasSubstr("too little text for discounts of 1-grams"));
  EXPECT_THAT(error_of(ErrorKind::data, [] { estimate("a <s> b", 2, true); }),
              HasSubstr("the word <s>"));
  EXPECT_THAT(error_of(ErrorKind::data, [] { estimate(" \n", 2, true); }),
              HasSubstr("holds no word"));
  EXPECT_THAT(error_of(ErrorKind::user, [] { NGramEstimator(0); }), HasSubstr("order 0"));
  for (const std::vector<std::uint64_t>& prune :
       std::vector<std::vector<std::uint64_t>>{{1}, {0, 2, 1}, {0, 0, 0, 0}}) {
    EXPECT_THAT(error_of(ErrorKind::user, [&] { NGramEstimator(3, prune); }),
                HasSubstr("expected at most 3 counts, the first 0"));
  }
}

}  // namespace
}  // namespace attune
