#include "attune/media/text/ctc/ctc_vocabulary.h"

#include <gmock/gmock.h>

#include "attune/base/json.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/media/text/ctc/ctc_vocabulary_file.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Symbols = std::vector<std::pair<std::string, std::int64_t>>;

class CtcVocabularyFiles : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    write_file_atomically(folder_.path() / name, text);
  }
  std::string error(const std::string& vocabulary, const std::string& language = "") {
    write("vocab.json", vocabulary);
    return error_of([&] { CtcVocabulary::from_folder(folder_.path(), language); });
  }
  TemporaryFolder folder_;
};

TEST(CtcVocabulary, is_made_of_transcripts) {
  const std::string_view texts[] = {"ba b", "çığ"};
  const CtcVocabulary vocabulary = CtcVocabulary::from_texts(texts);
  EXPECT_THAT(vocabulary.symbols(), ElementsAre("|", "a", "b", "ç", "ğ", "ı", "[UNK]", "[PAD]"));
  EXPECT_EQ(vocabulary.blank(), 7);
  EXPECT_EQ(vocabulary.unknown(), 6);
  EXPECT_EQ(vocabulary.alphabet().separator, 0);
  EXPECT_EQ(vocabulary.text_case(), LetterCase::lower);
  std::vector<std::string> unknown;
  EXPECT_THAT(vocabulary.encode("ab xı", &unknown), ElementsAre(1, 2, 0, 6, 5));
  EXPECT_THAT(unknown, ElementsAre("x"));
  // The names of symbols without a sound are characters in a text: a target must not be the blank.
  EXPECT_THAT(vocabulary.encode("[PAD]"), ElementsAre(6, 6, 6, 6, 6));
}

TEST(CtcVocabulary, has_a_delimiter_where_no_text_has_a_blank) {
  const std::string_view texts[] = {"你好"};
  const CtcVocabulary vocabulary = CtcVocabulary::from_texts(texts);
  EXPECT_THAT(vocabulary.symbols(), ElementsAre("|", "你", "好", "[UNK]", "[PAD]"));
  EXPECT_EQ(vocabulary.text_case(), LetterCase::none);
  const std::string_view nothing[] = {"", "  "};
  EXPECT_THAT(error_of(ErrorKind::data, [&] { CtcVocabulary::from_texts(nothing); }),
              HasSubstr("none of the 2 transcripts"));
}

TEST(CtcVocabulary, tells_the_case_of_texts) {
  const Symbols large = {{"<pad>", 0}, {"<unk>", 1}, {"|", 2}, {"A", 3}, {"Ç", 4}, {"'", 5}};
  const CtcSymbolNames plain{.begin = "", .end = ""};
  EXPECT_EQ(CtcVocabulary(large, {}, plain, "x").text_case(), LetterCase::upper);
  const CtcSymbolNames small{.begin = "", .end = "", .has_small_texts = true};
  const CtcVocabulary lower(large, {}, small, "x");
  EXPECT_EQ(lower.text_case(), LetterCase::lower);
  EXPECT_THAT(lower.encode("aç a"), ElementsAre(3, 4, 2, 3));
  EXPECT_EQ(lower.alphabet().labels[4], "ç");
}

TEST(CtcVocabulary, refuses_unknown_characters_without_a_symbol_for_them) {
  const CtcVocabulary vocabulary({{"<pad>", 0}, {"a", 1}}, {},
                                 {.unknown = "", .begin = "", .end = "", .delimiter = ""}, "x");
  EXPECT_THAT(vocabulary.encode("a a"), ElementsAre(1, 1));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { vocabulary.encode("abzb"); }),
              AllOf(HasSubstr("\"abzb\""), HasSubstr("b z")));
}

TEST(CtcVocabulary, fits_the_outputs_of_a_head) {
  const std::string_view texts[] = {"a b"};
  const CtcVocabulary made = CtcVocabulary::from_texts(texts);
  // As a tokenizer made with transformers' defaults: begin and end are added, the head has neither.
  Symbols symbols;
  for (std::int64_t i = 0; i < made.size(); ++i) symbols.emplace_back(made.symbols()[i], i);
  const CtcVocabulary longer(symbols, {}, {.pad = "[PAD]", .unknown = "[UNK]"}, "x");
  EXPECT_EQ(longer.size(), 7);
  EXPECT_EQ(longer.fitted_to(5, "m").symbols(), made.symbols());
  EXPECT_EQ(longer.fitted_to(9, "m").size(), 9);
  EXPECT_EQ(longer.fitted_to(9, "m").alphabet().labels[8], "");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { longer.fitted_to(4, "model"); }),
              AllOf(HasSubstr("model"), HasSubstr("4 outputs"), HasSubstr("[PAD]")));
}

TEST_F(CtcVocabularyFiles, saved_and_read_is_the_same) {
  const std::string_view texts[] = {"l'été", "日本 語"};
  const CtcVocabulary made = CtcVocabulary::from_texts(texts);
  made.save(folder_.path());
  ASSERT_TRUE(CtcVocabulary::is_in(folder_.path()));
  const CtcVocabulary read = CtcVocabulary::from_folder(folder_.path());
  EXPECT_EQ(read.symbols(), made.symbols());
  EXPECT_EQ(read.blank(), made.blank());
  EXPECT_EQ(read.alphabet().separator, 0);
  EXPECT_THAT(CtcVocabulary::languages_of(folder_.path()), IsEmpty());
}

TEST_F(CtcVocabularyFiles, refuses_ids_that_are_no_row_of_a_head) {
  write("tokenizer_config.json", R"({"bos_token": null, "eos_token": null})");
  EXPECT_THAT(error(R"({"|": 0, "a": 1, "<unk>": 2, "<pad>": 4})"),
              AllOf(HasSubstr("vocab.json"), HasSubstr("\"<pad>\" has the id 4")));
  EXPECT_THAT(error(R"({"|": 0, "a": 1, "b": 1, "<unk>": 2, "<pad>": 3})"),
              HasSubstr("\"a\" and \"b\" both have the id 1"));
  EXPECT_THAT(error(R"({"|": 0, "a": 1, "a": 2, "<unk>": 3, "<pad>": 4})"), HasSubstr("a"));
  EXPECT_THAT(error(R"({"|": 0, "a": -1, "<unk>": 2, "<pad>": 3})"), HasSubstr("the id -1"));
  EXPECT_THAT(error(R"({"|": 0.5})"), HasSubstr("whole number"));
  EXPECT_THAT(error("[]"), HasSubstr("expected a JSON object"));
  EXPECT_THAT(error(R"({"|": 0, "": 1})"), HasSubstr("is empty"));
  write("tokenizer_config.json", R"({"pad_token": null})");
  EXPECT_THAT(error(R"({"|": 0})"), HasSubstr("pad token"));
  write("tokenizer_config.json", R"({"unk_token": "<pad>"})");
  EXPECT_THAT(error(R"({"|": 0, "<pad>": 1, "<s>": 2, "</s>": 3})"), HasSubstr("both the blank"));
  write("tokenizer_config.json", R"({"tokenizer_class": "Wav2Vec2PhonemeCTCTokenizer"})");
  EXPECT_THAT(error(R"({"|": 0, "<pad>": 1})"), HasSubstr("Wav2Vec2PhonemeCTCTokenizer"));
}

TEST_F(CtcVocabularyFiles, refuses_an_alphabet_that_no_head_has) {
  std::string text = "{";
  for (int i = 0; i <= CtcVocabulary::kMaxSymbols; ++i) text += fmt::format("\"t{}\":{},", i, i);
  text.back() = '}';
  EXPECT_THAT(error(text), HasSubstr("at most 65,536"));
}

TEST_F(CtcVocabularyFiles, takes_a_language) {
  const std::string nested = R"({"tur": {"<pad>": 0, "<unk>": 1, "|": 2, "ı": 3},
                                 "eng": {"<pad>": 0, "<unk>": 1, "|": 2, "i": 3}})";
  EXPECT_THAT(error(nested), AllOf(HasSubstr("name one: tur, eng")));
  EXPECT_THAT(error(nested, "tür"), HasSubstr("no language \"tür\""));
  EXPECT_THAT(CtcVocabulary::languages_of(folder_.path()), ElementsAre("tur", "eng"));
  EXPECT_EQ(CtcVocabulary::from_folder(folder_.path(), "eng").symbols()[3], "i");
  EXPECT_THAT(error(R"({"<pad>": 0, "<unk>": 1})", "eng"), HasSubstr("one alphabet"));
}

TEST(CtcVocabulary, reads_a_dictionary_of_fairseq) {
  const std::string text = "| 94802\nE 51860\nT 38431\n";
  const CtcVocabulary vocabulary = parse_fairseq_dictionary(text, "dict.ltr.txt");
  EXPECT_THAT(vocabulary.symbols(), ElementsAre("<pad>", "<s>", "</s>", "<unk>", "|", "E", "T"));
  EXPECT_EQ(vocabulary.blank(), 0);
  EXPECT_EQ(vocabulary.alphabet().separator, 4);
  EXPECT_EQ(vocabulary.text_case(), LetterCase::upper);
  const auto problem = [](const char* lines) {
    return error_of(ErrorKind::data, [&] { parse_fairseq_dictionary(lines, "d"); });
  };
  EXPECT_THAT(problem("E 1\nT\n"), HasSubstr("d:2: expected a symbol"));
  EXPECT_THAT(problem("E 1\nE 2\n"), HasSubstr("\"E\" is there twice"));
  EXPECT_THAT(problem("<pad> 1\n"), HasSubstr("d:1"));
  EXPECT_THAT(problem("\n"), HasSubstr("no symbol"));
  EXPECT_THAT(problem("\xff 1\n"), HasSubstr("d:1: invalid UTF-8"));
}

}  // namespace
}  // namespace attune
