#include "attune/models/speech/ctc_head.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

CtcHeadRows rows_of(std::vector<std::string> known, std::vector<std::string> wanted,
                    std::int64_t known_blank = 0, std::int64_t blank = 0) {
  const auto size = static_cast<std::int64_t>(known.size());
  return ctc_head_rows(
      {.blank = blank, .symbols = std::move(wanted), .known_symbols = std::move(known)}, size,
      known_blank);
}

TEST(CtcHeadRows, FollowTheirSymbols) {
  const CtcHeadRows rows = rows_of({"<pad>", "|", "a", "b"}, {"b", "|", "c", "[PAD]"}, 0, 3);
  EXPECT_TRUE(rows.fresh);
  // A blank is a blank, whatever it is called.
  EXPECT_THAT(rows.rows, ElementsAre(3, 1, -1, 0));
  EXPECT_FALSE(rows_of({"<pad>", "a"}, {"[PAD]", "a"}).fresh);
  EXPECT_THAT(rows_of({"<pad>", "a"}, {"[PAD]", "a"}).rows, IsEmpty());
}

TEST(CtcHeadRows, KeepNothingThatIsNotSure) {
  EXPECT_THAT(rows_of({"<pad>", "a", "a"}, {"<pad>", "a"}).rows, ElementsAre(0, -1));
  EXPECT_THAT(rows_of({"<pad>", "a"}, {"<pad>", "a", "a"}).rows, ElementsAre(0, -1, -1));
  // "-" was the blank there, and is a letter here.
  EXPECT_THAT(rows_of({"-", "a"}, {"a", "-", "_"}, 0, 2).rows, ElementsAre(1, -1, 0));
  // Symbols behind the head's outputs, as tokenizers add them.
  const CtcHeadOptions more{
      .blank = 0, .symbols = {"<pad>", "<s>"}, .known_symbols = {"<pad>", "a", "<s>"}};
  EXPECT_THAT(ctc_head_rows(more, 2, 0).rows, ElementsAre(0, -1));
  // What they mean is not known.
  const CtcHeadRows unknown = ctc_head_rows({.blank = 0, .symbols = {"<pad>", "a"}}, 2, 0);
  EXPECT_TRUE(unknown.fresh);
  EXPECT_THAT(unknown.rows, IsEmpty());
  CtcHeadOptions fresh{
      .blank = 0, .symbols = {"<pad>", "a"}, .known_symbols = {"<pad>", "a"}, .fresh = true};
  EXPECT_TRUE(ctc_head_rows(fresh, 2, 0).fresh);
}

TEST(CtcHeadRows, RefuseAHeadThatContradictsItself) {
  const auto refused = [](const CtcHeadOptions& head) {
    return error_of(ErrorKind::user, [&] { ctc_head_rows(head, 5, 0); });
  };
  EXPECT_THAT(refused({.vocab_size = 3, .blank = 0, .symbols = {"a"}}),
              HasSubstr("3 outputs for 1 symbols"));
  EXPECT_THAT(refused({.symbols = {"a"}}), HasSubstr("without a blank"));
  EXPECT_THAT(refused({.blank = 2, .symbols = {"a", "b"}}),
              HasSubstr("2 outputs with the blank 2"));
  EXPECT_THAT(refused({.blank = 5}), HasSubstr("5 outputs with the blank 5"));
}

TEST(AskForSymbols, KnowsTheSameMeaning) {
  const std::vector<std::string_view> texts = {"ab c"};
  const CtcVocabulary wanted = CtcVocabulary::from_texts(texts);  // a b c | [UNK] [PAD]
  // As facebook/wav2vec2-base-960h: capitals, other names of the special symbols.
  const CtcVocabulary english(
      {{"<pad>", 0}, {"<s>", 1}, {"</s>", 2}, {"<unk>", 3}, {"|", 4}, {"E", 5}, {"B", 6}, {"A", 7}},
      {}, {}, "vocab.json");
  const auto rows = [&](const CtcVocabulary& known) {
    CtcHeadOptions head;
    ask_for_symbols(wanted, &known, head);
    EXPECT_EQ(head.blank, wanted.blank());
    const CtcHeadRows found = ctc_head_rows(head, known.size(), known.blank());
    std::map<std::string, std::int64_t> by_symbol;
    for (std::size_t i = 0; i < found.rows.size(); ++i) {
      by_symbol[wanted.symbols()[i]] = found.rows[i];
    }
    return by_symbol;
  };
  const auto found = rows(english);
  EXPECT_EQ(found, (std::map<std::string, std::int64_t>{
                       {"a", 7}, {"b", 6}, {"c", -1}, {"|", 4}, {"[UNK]", 3}, {"[PAD]", 0}}));
  // Where both cases are symbols, a capital is none of the small letters.
  const CtcVocabulary both({{"<pad>", 0}, {"A", 1}, {"a", 2}, {"B", 3}}, {}, {}, "vocab.json");
  EXPECT_EQ(rows(both).at("a"), 2);
  EXPECT_EQ(rows(both).at("b"), -1);
  CtcHeadOptions head;
  ask_for_symbols(wanted, nullptr, head);
  EXPECT_THAT(head.known_symbols, IsEmpty());
  EXPECT_EQ(std::ssize(head.symbols), wanted.size());
}

}  // namespace
}  // namespace attune
