#include "attune/media/text/tokenizer.h"

#include <ctime>

#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/log.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/media/text/tokenize_file.h"

namespace attune {
namespace {

const char* const kVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nworld\n##ly\n,\ncafe\n";

class TokenizerTest : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) {
    write_file_atomically(folder_ / name, text);
  }
  Tokenizer load() { return Tokenizer::from_pretrained(folder_); }
  Tokenizer bert() {
    write("vocab.txt", kVocabulary);
    return load();
  }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

/// The message of the Error that `call` throws, its kind before it; "" where it throws none.
template <typename Call>
std::string error_of(Call&& call) {
  static const char* const kKinds[] = {"user: ", "data: ", "io: ", "internal: "};
  try {
    call();
  } catch (const Error& error) {
    return kKinds[static_cast<int>(error.kind())] + std::string(error.what());
  }
  return "";
}

#define EXPECT_ERROR(call, part)                                            \
  do {                                                                      \
    const std::string message = error_of([&] { call; });                    \
    EXPECT_NE(message.find(part), std::string::npos) << "got: " << message; \
  } while (false)

Json small_json() {
  return Json::parse(R"({
    "version": "1.0", "truncation": null, "padding": null,
    "added_tokens": [{"id": 0, "content": "[PAD]", "special": true}],
    "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"},
    "post_processor": {"type": "BertProcessing", "sep": ["b", 3], "cls": ["a", 2]},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100,
              "vocab": {"[PAD]": 0, "[UNK]": 1, "a": 2, "b": 3, "##b": 4}}})");
}

Tokenizer from(const Json& json) {
  return Tokenizer::from_json(json.dump(), "t.json");
}

std::string message_of(const Json& json) {
  return error_of([&] { from(json); });
}

using Ids = std::vector<std::int32_t>;

TEST_F(TokenizerTest, EncodesWithBertsSpecialTokensAndOffsetsInCodePoints) {
  const Encoding got = bert().encode("Héllo, caf\u00e9ly 日");
  EXPECT_EQ(got.ids, (Ids{2, 5, 8, 9, 7, 1, 3}));
  EXPECT_EQ(got.tokens,
            (std::vector<std::string>{"[CLS]", "hello", ",", "cafe", "##ly", "[UNK]", "[SEP]"}));
  EXPECT_EQ(got.offsets,
            (std::vector<Span>{{0, 0}, {0, 5}, {5, 6}, {7, 11}, {11, 13}, {14, 15}, {0, 0}}));
  EXPECT_EQ(got.special_tokens_mask, (std::vector<std::uint8_t>{1, 0, 0, 0, 0, 0, 1}));
}

TEST_F(TokenizerTest, LeavesOutWhatIsNotWanted) {
  const EncodeOptions options{.want_tokens = false, .want_offsets = false};
  const Encoding got = bert().encode("hello", "world", options);
  EXPECT_EQ(got.ids, (Ids{2, 5, 3, 6, 3}));
  EXPECT_EQ(got.type_ids, (Ids{0, 0, 0, 1, 1}));
  EXPECT_TRUE(got.tokens.empty());
  EXPECT_TRUE(got.offsets.empty());
}

TEST_F(TokenizerTest, KnowsItsSpecialTokens) {
  write("tokenizer_config.json",
        R"({"model_max_length": 1000000000000000019884624838656, "padding_side": "left",
            "mask_token": {"content": "world", "lstrip": false}})");
  const Tokenizer tokenizer = bert();
  EXPECT_EQ(tokenizer.vocab_size(), 10);
  EXPECT_EQ(tokenizer.cls_id(), 2);
  EXPECT_EQ(tokenizer.sep_id(), 3);
  EXPECT_EQ(tokenizer.pad_id(), 0);
  EXPECT_EQ(tokenizer.unk_id(), 1);
  EXPECT_EQ(tokenizer.mask_id(), 6);
  EXPECT_EQ(tokenizer.model_max_length(), INT64_MAX);
  EXPECT_TRUE(tokenizer.is_special(6));
  EXPECT_FALSE(tokenizer.is_special(5));
  EXPECT_EQ(tokenizer.id_to_token(7), "##ly");
  EXPECT_EQ(tokenizer.id_to_token(10), std::nullopt);
  EXPECT_EQ(tokenizer.token_to_id("cafe"), 9);
  EXPECT_EQ(tokenizer.token_to_id("caf"), std::nullopt);
  EXPECT_EQ(tokenizer.added_special_tokens(true), 3);
  const std::string texts[] = {"hello", "hello hello"};
  EXPECT_EQ(tokenizer.encode_batch(texts, {}, {.padding = PaddingStrategy::longest})[0].ids,
            (Ids{0, 2, 5, 3}));
}

TEST_F(TokenizerTest, ReadsVocabularyFilesAsPythonDoes) {
  write("vocab.txt", "[UNK]\r\n[SEP]\r\nCaf\u00e9\r\nx");
  write("tokenizer_config.json",
        R"({"do_lower_case": false, "added_tokens_decoder": {"4": {"content": "<new>"}}})");
  const Tokenizer tokenizer = load();  // [PAD], [CLS] and [MASK] get ids behind <new>
  EXPECT_EQ(tokenizer.encode("Caf\u00e9 <new>x").ids, (Ids{6, 2, 4, 3, 1}));
  EXPECT_EQ(tokenizer.pad_id(), 5);
  EXPECT_EQ(tokenizer.vocab_size(), 8);
}

TEST_F(TokenizerTest, SavesWhatItReadAndReadsWhatItSaved) {
  const fs::path copy = folder_ / "copy", again = folder_ / "again";
  make_directories(copy);
  make_directories(again);
  bert().save(copy);
  const Tokenizer tokenizer = Tokenizer::from_pretrained(copy);
  tokenizer.save(again);
  for (const char* name :
       {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"}) {
    EXPECT_EQ(read_file(copy / name, 1 << 20), read_file(again / name, 1 << 20)) << name;
  }
  EXPECT_EQ(read_file(copy / "vocab.txt", 1 << 20), kVocabulary);
  EXPECT_EQ(read_json(copy / "tokenizer_config.json")["tokenizer_class"], "BertTokenizer");
  EXPECT_EQ(tokenizer.encode("Hello [MASK]").ids, (Ids{2, 5, 4, 3}));
  const std::string odd = small_json().dump(7);
  write("tokenizer.json", odd);
  load().save(again);
  EXPECT_EQ(read_file(again / "tokenizer.json", 1 << 20), odd);
}

TEST_F(TokenizerTest, GivesTheSameForAnyNumberOfThreads) {
  const Tokenizer tokenizer = bert();
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) {
    texts.push_back("hello wörld " + std::to_string(i) +
                    (i % 3 ? " 日本 cafe\u0301" : " каф\u1885"));
  }
  const auto alone = bert().encode_batch(texts, texts, {}, 1);
  EXPECT_EQ(tokenizer.encode_batch(texts, texts, {}, 8), alone);
}

TEST_F(TokenizerTest, NamesTheByteThatIsNotUtf8) {
  EXPECT_ERROR(bert().encode("caf\xE9"), "data: the text is not valid UTF-8 at byte 3");
}

TEST_F(TokenizerTest, RefusesOptionsThatCannotWork) {
  const Tokenizer tokenizer = bert();
  using enum TruncationStrategy;
  EXPECT_ERROR(tokenizer.encode("hello", {.truncation = longest_first, .max_length = 1}),
               "user: max_length is 1, but the special tokens alone are 2");
  EXPECT_ERROR(tokenizer.encode("hello hello hello",
                                {.truncation = longest_first, .max_length = 4, .stride = 2}),
               "user: a stride of 2 tokens needs windows longer than that");
  EXPECT_ERROR(tokenizer.encode("hello hello", {.truncation = only_second, .max_length = 3}),
               "user: the truncation strategy only_second needs a pair");
  EXPECT_ERROR(
      tokenizer.encode("hello", "world , world ,", {.truncation = only_first, .max_length = 5}),
      "user: truncating only the first text (1 tokens)");
  EXPECT_ERROR(tokenizer.encode("x", {.padding = PaddingStrategy::fixed}), "needs a max_length");
  EXPECT_ERROR(tokenizer.encode("x", {.max_length = -1, .padding = PaddingStrategy::fixed}),
               "user: max_length is -1");
  const std::string texts[] = {"a", "b"};
  EXPECT_ERROR(tokenizer.encode_batch(texts, {texts, 1}), "has 2 first and 1 second texts");
  const Ids ids{5, 10};
  EXPECT_ERROR(tokenizer.decode(ids), "user: cannot decode the id 10 at position 1");
  Json no_padding = small_json();
  no_padding["added_tokens"] = Json::array();
  no_padding["model"]["vocab"] = {{"[UNK]", 0}, {"a", 1}, {"b", 2}};
  no_padding["post_processor"] = nullptr;
  EXPECT_ERROR(from(no_padding).encode("a", {.max_length = 5, .padding = PaddingStrategy::fixed}),
               "user: t.json: padding was asked for, but the tokenizer has no padding token");
}

TEST_F(TokenizerTest, DropsWhatTruncationCutsUnlessAskedFor) {
  const Tokenizer tokenizer = bert();
  EncodeOptions options{.truncation = TruncationStrategy::longest_first, .max_length = 4};
  EXPECT_TRUE(tokenizer.encode("hello world hello world", options).overflowing.empty());
  options.return_overflowing = true;
  const Encoding got = tokenizer.encode("hello world , world", options);
  EXPECT_EQ(got.ids, (Ids{2, 5, 6, 3}));
  ASSERT_EQ(got.overflowing.size(), 1u);
  EXPECT_EQ(got.overflowing[0].ids, (Ids{2, 8, 6, 3}));
}

TEST_F(TokenizerTest, NamesWhatIsNotThere) {
  EXPECT_ERROR(load(), "no tokenizer there: neither tokenizer.json nor vocab.txt");
  EXPECT_ERROR(Tokenizer::from_file(folder_ / "none.json"), "io: cannot ");
}

TEST(TokenizerJson, RefusesUnknownTypesByName) {
  Json json = small_json();
  json["normalizer"]["type"] = "Precompiled";
  EXPECT_NE(message_of(json).find("data: t.json.normalizer: the normalizer \"Precompiled\" is not "
                                  "supported; supported are: BertNormalizer, Lowercase"),
            std::string::npos)
      << message_of(json);
  json = small_json();
  json["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {{{"type", "ByteLevel"}}}}};
  EXPECT_NE(message_of(json).find("t.json.pre_tokenizer.pretokenizers[0]: the pre-tokenizer "
                                  "\"ByteLevel\" is not supported"),
            std::string::npos)
      << message_of(json);
  json = small_json();
  json["model"]["type"] = "BPE";
  EXPECT_NE(message_of(json).find("the model \"BPE\" is not supported"), std::string::npos);
  json = small_json();
  json["post_processor"]["type"] = "RobertaProcessing";
  EXPECT_NE(message_of(json).find("the post-processor \"RobertaProcessing\""), std::string::npos);
  json = small_json();
  json["decoder"]["type"] = "Metaspace";
  EXPECT_NE(message_of(json).find("the decoder \"Metaspace\""), std::string::npos);
}

/// A change to a good tokenizer.json and what the error must say.
struct BadJson {
  const char* pointer;
  const char* value;
  const char* message;
};

class BadTokenizerJson : public testing::TestWithParam<BadJson> {};

TEST_P(BadTokenizerJson, IsRefusedByName) {
  Json json = small_json();
  ASSERT_EQ(message_of(json), "");
  json[Json::json_pointer(GetParam().pointer)] = Json::parse(GetParam().value);
  const std::string message = message_of(json);
  EXPECT_EQ(message.find("data: t.json"), 0u) << message;
  EXPECT_NE(message.find(GetParam().message), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadTokenizerJson,
    testing::Values(
        BadJson{"/version", "\"2.0\"", "the version is \"2.0\""},
        BadJson{"/model", "3", ".model: expected an object, got number"},
        BadJson{"/model/vocab", "{}", "the vocabulary is empty"},
        BadJson{"/model/vocab/b", "-3", "model.vocab[\"b\"] is -3"},
        BadJson{"/model/vocab/b", "1e99", "model.vocab[\"b\"] is 1e+99"},
        BadJson{"/model/vocab/b", "4194304", "model.vocab[\"b\"] is 4194304"},
        BadJson{"/model/vocab/c", "{}", "model.vocab[\"c\"] is {}, expected an id"},
        BadJson{"/model/unk_token", "\"<unk>\"",
                "the unk_token \"<unk>\" is not in the vocabulary"},
        BadJson{"/model/max_input_chars_per_word", "-1", "-1 is out of range"},
        BadJson{"/model/max_input_chars_per_word", "99999999999999999999", "expected an integer"},
        BadJson{"/model/max_input_chars_per_word", "18446744073709551615", "is out of range"},
        BadJson{"/added_tokens/0/id", "1", "has the id 1, but 0 in the vocabulary"},
        BadJson{"/added_tokens/0/content", "\"n\"", "is that of \"[PAD]\" in the vocabulary"},
        BadJson{"/added_tokens/0/content", "\"\"", "the content of an added token is empty"},
        BadJson{"/added_tokens/0", "[]", "added_tokens[0]: expected an object"},
        BadJson{"/normalizer",
                "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"a+\"},\"content\":\"\"}",
                "a Replace by regular expression is not supported"},
        BadJson{"/normalizer",
                "{\"type\":\"Replace\",\"pattern\":{\"String\":\"\"},\"content\":\"\"}",
                "the pattern is empty"},
        BadJson{"/normalizer", "{\"type\":\"Strip\",\"strip_left\":1,\"strip_right\":true}",
                "expected true or false"},
        BadJson{"/normalizer", "{\"type\":\"BertNormalizer\",\"lowercase\":1}",
                "lowercase: expected true or false, got number"},
        BadJson{"/normalizer", "{}", "the field \"type\" is missing"},
        BadJson{"/pre_tokenizer", "{\"type\":\"Punctuation\",\"behavior\":\"Isolate\"}",
                "\"Isolate\" is not known"},
        BadJson{"/post_processor/sep", "[\"b\", 9]", "adds \"b\" with the id 9"},
        BadJson{"/post_processor/sep", "[\"b\"]", "expected [\"token\", id]"},
        BadJson{"/post_processor",
                "{\"type\":\"TemplateProcessing\",\"single\":[],\"pair\":[],\"special_tokens\":{}}",
                "expected the sequence A once"},
        BadJson{"/post_processor",
                "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":"
                "{\"id\":\"[X]\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":{}}",
                "the special token \"[X]\" is not in special_tokens"}));

TEST(TokenizerJson, RefusesATokenThatStandsTwice) {
  const std::string text = R"({"model": {"vocab": {"a": 0, "a": 1}}})";
  EXPECT_ERROR(Tokenizer::from_json(text, "t.json"), "data: t.json: the key \"a\" stands twice");
  EXPECT_ERROR(Tokenizer::from_json("{\"model\": {\"vocab\": {\"a\":", "t.json"), "not valid JSON");
}

TEST(TokenizerJson, ReadsAModelWithoutType) {
  Json json = small_json();
  json["model"].erase("type");
  EXPECT_EQ(from(json).encode("ABB").ids, (Ids{2, 2, 4, 4, 3}));
  json["model"].erase("max_input_chars_per_word");
  EXPECT_NE(message_of(json).find("has no \"type\""), std::string::npos);
}

TEST(TokenizerJson, StopsReplacementsThatWouldFillTheMemory) {
  Json json = small_json();
  const Json grow = {
      {"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", std::string(1000, 'a')}};
  json["normalizer"] = {{"type", "Sequence"}, {"normalizers", {grow, grow, grow}}};
  EXPECT_ERROR(from(json).encode("a"), "longer than 64");
}

TEST_F(TokenizerTest, RefusesBadVocabularyFiles) {
  write("vocab.txt", "[UNK]\n\xFF\n");
  EXPECT_ERROR(load(), "vocab.txt: not valid UTF-8 at byte 6");
  write("vocab.txt", "a\nb\n");
  EXPECT_ERROR(load(), "the unk_token \"[UNK]\" is not in the vocabulary");
  write("vocab.txt", "");
  EXPECT_ERROR(load(), "the vocabulary is empty");
  write("vocab.txt", kVocabulary);
  write("tokenizer_config.json", R"({"model_max_length": 0})");
  EXPECT_ERROR(load(), "model_max_length: 0 is out of range");
  write("tokenizer_config.json", R"({"padding_side": "top"})");
  EXPECT_ERROR(load(), "padding_side: \"top\" is not known");
  write("tokenizer_config.json", R"({"cls_token": 7})");
  EXPECT_ERROR(load(), "cls_token: expected a token");
  write("tokenizer_config.json", R"({"added_tokens_decoder": {"x": {"content": "y"}}})");
  EXPECT_ERROR(load(), "\"x\" is not an id");
  write("tokenizer_config.json", R"({"cls_token": null})");
  EXPECT_ERROR(load(), "must not be null: BERT needs them");
  write("tokenizer_config.json", R"({"additional_special_tokens": [""]})");
  EXPECT_ERROR(load(), "the special token is empty");
  write("tokenizer_config.json", "[]");
  EXPECT_ERROR(load(), "tokenizer_config.json: expected an object, got array");
  write("tokenizer_config.json", "{}");
  write("added_tokens.json", R"({"new": 11})");
  EXPECT_ERROR(load(), "no token has the id 10, but there are ids up to 11");
}

// As tokenizers 0.23 reads them: WordPiece::read_file.
TEST_F(TokenizerTest, OfALineThatStandsTwiceTheLastCounts) {
  write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\na\nc\n");
  const Tokenizer tokenizer = load();
  EXPECT_EQ(tokenizer.encode("a b c").ids, (Ids{2, 7, 6, 8, 3}));
  EXPECT_EQ(tokenizer.id_to_token(5), std::nullopt);
  EXPECT_EQ(tokenizer.vocab_size(), 9);
  const fs::path copy = folder_ / "copy";
  make_directories(copy);
  tokenizer.save(copy);
  EXPECT_EQ(Tokenizer::from_pretrained(copy).encode("a b c").ids, (Ids{2, 7, 6, 8, 3}));
  // vocab.txt alone keeps every id too.
  fs::remove(copy / "tokenizer.json");
  EXPECT_EQ(Tokenizer::from_pretrained(copy).encode("a b c").ids, (Ids{2, 7, 6, 8, 3}));
}

TEST(TokenizerJson, AnIdMayBeNobodys) {
  Json json = small_json();
  json["model"]["vocab"]["c"] = 7;
  const Tokenizer tokenizer = from(json);
  EXPECT_EQ(tokenizer.encode("c").ids, (Ids{2, 7, 3}));
  EXPECT_EQ(tokenizer.vocab_size(), 8);
}

// As transformers 5.24: both tokens are found, of the vocabulary's size is nothing lost.
TEST(TokenizerJson, TwoTokensMayHaveOneId) {
  Json json = small_json();
  json["model"]["vocab"]["b"] = json["model"]["vocab"]["a"];
  std::string told;
  const LogSink before = set_log_sink([&](LogLevel, std::string_view text) { told += text; });
  const Tokenizer tokenizer = from(json);
  set_log_sink(before);
  EXPECT_NE(told.find("1 tokens have the id of another, first \"b\""), std::string::npos) << told;
  EXPECT_EQ(tokenizer.token_to_id("b"), tokenizer.token_to_id("a"));
  EXPECT_EQ(tokenizer.id_to_token(*tokenizer.token_to_id("b")), "a");
}

// transformers 5.24, _from_pretrained: the older files are read, and count, unless
// tokenizer_config.json has added_tokens_decoder.
TEST_F(TokenizerTest, SpecialTokensMapOverrulesTheConfigWithoutTable) {
  const auto ids = [&](const std::string& config) {
    write("vocab.txt", kVocabulary);
    write("tokenizer_config.json", config);
    write("special_tokens_map.json",
          R"({"cls_token": "hello", "sep_token": {"content": "world", "lstrip": true}})");
    return load().encode("cafe").ids;
  };
  EXPECT_EQ(ids(R"({"cls_token": "[CLS]", "sep_token": "[SEP]"})"), (Ids{5, 9, 6}));
  EXPECT_EQ(ids(R"({"cls_token": "[CLS]", "sep_token": "[SEP]", "added_tokens_decoder": {}})"),
            (Ids{2, 9, 3}));
  EXPECT_EQ(ids("{}"), (Ids{5, 9, 6}));
  // With a tokenizer.json that says something else too.
  bert().save(folder_);
  EXPECT_EQ(ids(R"({"tokenizer_class": "BertTokenizer", "cls_token": "[CLS]"})"), (Ids{5, 9, 6}));
}

TEST_F(TokenizerTest, AddedTokensFileCountsBesideTokenizerJson) {
  write("vocab.txt", kVocabulary);
  load().save(folder_);
  write("added_tokens.json", R"({"NEWTOK": 10})");
  for (const char* name : {"BertTokenizer", "PreTrainedTokenizerFast"}) {
    write("tokenizer_config.json", Json({{"tokenizer_class", name}}).dump());
    EXPECT_EQ(load().encode("NEWTOK cafe").ids, (Ids{2, 10, 9, 3})) << name;
    // The saved tokenizer.json has it: the file beside is not needed any more.
    const fs::path copy = folder_ / "copy";
    make_directories(copy);
    load().save(copy);
    EXPECT_EQ(Tokenizer::from_pretrained(copy).encode("NEWTOK cafe").ids, (Ids{2, 10, 9, 3}));
  }
  // The newer table replaces it.
  write("tokenizer_config.json",
        R"({"tokenizer_class": "BertTokenizer", "added_tokens_decoder": {}})");
  EXPECT_EQ(load().encode("cafe").ids, (Ids{2, 9, 3}));
  EXPECT_EQ(load().token_to_id("NEWTOK"), std::nullopt);
}

TEST_F(TokenizerTest, AFileTakenAsItIsGetsTheSpecialTokensThatItLacks) {
  write("vocab.txt", kVocabulary);
  load().save(folder_);
  write("tokenizer_config.json",
        R"({"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>",
            "additional_special_tokens": ["hello"]})");
  fs::remove(folder_ / "special_tokens_map.json");
  const Tokenizer tokenizer = load();
  EXPECT_EQ(tokenizer.pad_id(), 10);
  EXPECT_TRUE(tokenizer.is_special(5));
}

TEST_F(TokenizerTest, AddedTokensTakeLinearTime) {
  write("vocab.txt", kVocabulary);
  constexpr int kTokens = 200'000;
  std::string json = "{";
  for (int i = 0; i < kTokens; ++i) {
    json += fmt::format("{}\"<t{}>\": {}", i == 0 ? "" : ", ", i, 10 + i);
  }
  write("added_tokens.json", json + "}");
  const std::clock_t begin = std::clock();
  EXPECT_EQ(load().vocab_size(), kTokens + 10);
  // Looking each up in a list took minutes.
  EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, 10);
}

// As Rust's trim_end leaves a line.
TEST_F(TokenizerTest, WhiteSpaceAtTheEndOfAVocabularyLineIsNoneOfIts) {
  write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\u00a0\nb \t\u3000\nc\n");
  EXPECT_EQ(load().encode("a b c").ids, (Ids{2, 5, 6, 7, 3}));
}

// What transformers 5.24 makes of such folders: BertTokenizer takes vocabulary and added tokens
// from tokenizer.json and builds the rest from tokenizer_config.json.
TEST_F(TokenizerTest, BertTokenizerFollowsItsConfigWhereTokenizerJsonDiffers) {
  bert().save(folder_);
  const std::string original = read_file(folder_ / "tokenizer.json", 1 << 20);
  Json json = Json::parse(original);
  json["normalizer"]["lowercase"] = false;
  json["normalizer"]["strip_accents"] = false;
  const auto ids = [&](const std::string& config) {
    write("tokenizer.json", json.dump());
    write("tokenizer_config.json", config);
    return load().encode("Caf\u00e9 WORLD").ids;
  };
  EXPECT_EQ(ids(R"({"tokenizer_class": "BertTokenizer"})"), (Ids{2, 9, 6, 3}));
  EXPECT_EQ(ids(R"({"tokenizer_class": "BertTokenizerFast"})"), (Ids{2, 9, 6, 3}));
  EXPECT_EQ(ids(R"({"tokenizer_class": "BertTokenizer", "do_lower_case": false})"),
            (Ids{2, 1, 1, 3}));
  EXPECT_EQ(ids(R"({"tokenizer_class": "BertTokenizer", "strip_accents": false})"),
            (Ids{2, 1, 6, 3}));
  // The class that takes any tokenizer.json as it is.
  EXPECT_EQ(ids(R"({"tokenizer_class": "PreTrainedTokenizerFast"})"), (Ids{2, 1, 1, 3}));
  EXPECT_EQ(ids("{}"), (Ids{2, 1, 1, 3}));
  write("config.json", R"({"model_type": "bert"})");
  EXPECT_EQ(ids("{}"), (Ids{2, 9, 6, 3}));
}

TEST_F(TokenizerTest, SavedFilesAgreeWithEachOther) {
  bert().save(folder_);
  Json json = Json::parse(read_file(folder_ / "tokenizer.json", 1 << 20));
  json["normalizer"]["strip_accents"] = true;
  json["normalizer"]["lowercase"] = false;
  write("tokenizer.json", json.dump());
  write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "strip_accents": false})");
  const fs::path copy = folder_ / "copy";
  make_directories(copy);
  load().save(copy);
  const Json saved = Json::parse(read_file(copy / "tokenizer.json", 1 << 20));
  EXPECT_EQ(saved["normalizer"]["strip_accents"], false);
  EXPECT_EQ(saved["normalizer"]["lowercase"], true);
  EXPECT_EQ(saved["model"]["vocab"]["cafe"], 9);
  // What agrees is kept byte for byte.
  load().save(copy);
  const std::string once = read_file(copy / "tokenizer.json", 1 << 20);
  Tokenizer::from_pretrained(copy).save(copy);
  EXPECT_EQ(read_file(copy / "tokenizer.json", 1 << 20), once);
}

TEST_F(TokenizerTest, ClassesThatAreNotBuiltAreRefusedWithoutTokenizerJson) {
  write("vocab.txt", kVocabulary);
  for (const char* name : {"BertJapaneseTokenizer", "AlbertTokenizer", "PreTrainedTokenizerFast"}) {
    write("tokenizer_config.json", Json({{"tokenizer_class", name}}).dump());
    EXPECT_ERROR(load(), std::string("user: ") + (folder_ / "tokenizer_config.json").string() +
                             ": the tokenizer class is " + name);
  }
  write("tokenizer_config.json", "{}");
  write("config.json", R"({"model_type": "bert", "tokenizer_class": "BertJapaneseTokenizer"})");
  EXPECT_ERROR(load(), "the tokenizer class is BertJapaneseTokenizer");
  fs::remove(folder_ / "config.json");
  write("tokenizer_config.json", R"({"auto_map": {"AutoTokenizer": ["own.OwnTokenizer", null]}})");
  EXPECT_ERROR(load(), "own.OwnTokenizer");
  // A tokenizer.json says how text is cut, whatever the class.
  from(small_json()).save(folder_);
  write("tokenizer_config.json", R"({"tokenizer_class": "BertJapaneseTokenizer"})");
  EXPECT_EQ(load().encode("a").ids, (Ids{2, 2, 3}));
}

TEST_F(TokenizerTest, TokenizesAFileLineByLine) {
  write("in.txt", "Hello, w\u00f6rld\r\n\n\"\\\u65e5 end");
  tokenize_file(bert(), folder_ / "in.txt", folder_ / "out.jsonl", 2);
  EXPECT_EQ(read_file(folder_ / "out.jsonl", 1 << 20),
            "{\"ids\": [2, 5, 8, 6, 3], \"tokens\": [\"[CLS]\", \"hello\", \",\", \"world\", "
            "\"[SEP]\"], \"offsets\": [[0, 0], [0, 5], [5, 6], [7, 12], [0, 0]]}\n"
            "{\"ids\": [2, 3], \"tokens\": [\"[CLS]\", \"[SEP]\"], \"offsets\": [[0, 0], [0, 0]]}\n"
            "{\"ids\": [2, 1, 1, 1, 1, 3], \"tokens\": [\"[CLS]\", \"[UNK]\", \"[UNK]\", "
            "\"[UNK]\", \"[UNK]\", \"[SEP]\"], \"offsets\": [[0, 0], [0, 1], [1, 2], [2, 3], "
            "[4, 7], [0, 0]]}\n");
}

TEST_F(TokenizerTest, LeavesNoFileBehindWhenALineIsBad) {
  write("in.txt", "fine\nbad \xFF\n");
  EXPECT_ERROR(tokenize_file(bert(), folder_ / "in.txt", folder_ / "out.jsonl"),
               "in.txt:2: not valid UTF-8 at byte 4 of the line");
  EXPECT_FALSE(fs::exists(folder_ / "out.jsonl"));
  EXPECT_ERROR(tokenize_file(bert(), folder_ / "none.txt", folder_ / "out.jsonl"),
               "none.txt: No such file or directory");
  EXPECT_ERROR(tokenize_file(bert(), folder_, folder_ / "out.jsonl"),
               "is a folder, expected a file");
}

}  // namespace
}  // namespace attune
