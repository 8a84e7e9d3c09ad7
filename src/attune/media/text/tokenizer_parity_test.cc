// Compares with goldens made by Hugging Face `tokenizers` (tests/parity/tokenizer/make_golden.py).
// ATTUNE_TOKENIZER_GOLDEN names another golden.json, e.g. a large one with another seed.
#include <array>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "attune/base/coding/hash.h"
#include "attune/base/json.h"
#include "attune/base/text/utf8.h"
#include "attune/media/text/tokenizer.h"

namespace attune {
namespace {

const fs::path kFolder = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/tokenizer";

Tokenizer make_tokenizer(Json json, const Json& vocabulary, const std::string& name) {
  Json& vocab = json["model"]["vocab"];
  for (std::size_t id = 0; id < vocabulary.size(); ++id) {
    vocab[vocabulary[id].get<std::string>()] = id;
  }
  return Tokenizer::from_json(json.dump(), name);
}

std::vector<Tokenizer> make_tokenizers(const Json& golden) {
  std::vector<Tokenizer> out;
  for (const Json& entry : golden["tokenizers"]) {
    out.push_back(make_tokenizer(entry["json"], golden["vocabulary"], entry["names"].dump()));
  }
  return out;
}

EncodeOptions read_options(const Json& json) {
  EncodeOptions out;
  out.return_overflowing = true;
  out.add_special_tokens = json["add_special_tokens"];
  out.max_length = json.value("max_length", 0);
  out.stride = json.value("stride", 0);
  out.pad_to_multiple_of = json.value("pad_to_multiple_of", 0);
  const std::string truncation = json.value("truncation", ""), padding = json.value("padding", "");
  if (truncation == "longest_first") out.truncation = TruncationStrategy::longest_first;
  if (truncation == "only_first") out.truncation = TruncationStrategy::only_first;
  if (truncation == "only_second") out.truncation = TruncationStrategy::only_second;
  if (padding == "longest") out.padding = PaddingStrategy::longest;
  if (padding == "fixed") out.padding = PaddingStrategy::fixed;
  const auto side = [&](const char* key) {
    return json.value(key, "right") == "left" ? Side::left : Side::right;
  };
  out.truncation_side = side("truncation_side");
  out.padding_side = side("padding_side");
  return out;
}

Json to_json(const Encoding& encoding) {
  Json offsets = Json::array();
  for (const Span span : encoding.offsets) {
    offsets.push_back(span.begin);
    offsets.push_back(span.end);
  }
  return {{"ids", encoding.ids},
          {"tokens", encoding.tokens},
          {"offsets", offsets},
          {"type_ids", encoding.type_ids},
          {"special", encoding.special_tokens_mask},
          {"attention", encoding.attention_mask}};
}

Json to_json_with_overflow(const Encoding& encoding) {
  Json out = to_json(encoding);
  out["overflowing"] = Json::array();
  for (const Encoding& window : encoding.overflowing) out["overflowing"].push_back(to_json(window));
  return out;
}

Json read_golden() {
  const char* other = std::getenv("ATTUNE_TOKENIZER_GOLDEN");
  return read_json(other ? fs::path(other) : kFolder / "golden.json", 2000u << 20);
}

TEST(TokenizerParity, EncodesEveryVariantAsThePeer) {
  const Json golden = read_golden();
  const std::vector<Tokenizer> tokenizers = make_tokenizers(golden);
  ASSERT_GT(golden["cases"].size(), 50u);
  for (const Json& test : golden["cases"]) {
    const std::size_t number = test["tokenizer"];
    const auto texts = test["texts"].get<std::vector<std::string>>();
    const auto pairs = test["pairs"].get<std::vector<std::string>>();
    const auto got = tokenizers[number].encode_batch(texts, pairs, read_options(test["options"]));
    ASSERT_EQ(got.size(), test["expected"].size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(to_json_with_overflow(got[i]).dump(), test["expected"][i].dump())
          << golden["tokenizers"][number]["names"] << " " << test["options"] << " text "
          << Json(texts[i]) << (pairs.empty() ? "" : " pair " + Json(pairs[i]).dump());
    }
  }
}

TEST(TokenizerParity, DecodesAsThePeer) {
  const Json golden = read_golden();
  const std::vector<Tokenizer> tokenizers = make_tokenizers(golden);
  for (const Json& test : golden["decodes"]) {
    const auto ids = test["ids"].get<std::vector<std::int32_t>>();
    const std::size_t number = test["tokenizer"];
    EXPECT_EQ(tokenizers[number].decode(ids, test["skip_special_tokens"]), test["text"])
        << golden["tokenizers"][number]["names"] << " " << test["ids"];
  }
}

TEST(TokenizerParity, MakesOfAVocabularyWhatTransformersMakes) {
  const fs::path folder = fs::path(testing::TempDir()) / "attune-tokenizer-folders";
  const Json golden = read_golden();
  ASSERT_GT(golden["folders"].size(), 10u);
  for (const Json& test : golden["folders"]) {
    remove_tree(folder);
    make_directories(folder);
    for (const auto& [name, text] : test["files"].items()) {
      write_file_atomically(folder / name, text.get<std::string>());
    }
    Tokenizer::from_pretrained(folder).save(folder);
    EXPECT_EQ(read_json(folder / "tokenizer.json").dump(), test["tokenizer_json"]) << test["files"];
  }
  remove_tree(folder);
}

// The shared corpora.

fs::path shared_data() {
  const char* shared = std::getenv("ATTUNE_SHARED");
  return fs::path(shared ? shared : ATTUNE_SOURCE_DIR "/../shared") / "data";
}

std::string read_corpus(const fs::path& file) {
  std::string text;
  if (file.extension() == ".gz") {
    const std::string command = "gzip -dc '" + file.string() + "'";
    std::FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return {};
    std::array<char, 65536> buffer;
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
      text.append(buffer.data(), n);
    }
    pclose(pipe);
  } else {
    text = read_file(file, 100u << 20);
  }
  if (!find_invalid_utf8(text)) return text;
  std::string from_latin_1;
  for (const char c : text) append_utf8(from_latin_1, static_cast<unsigned char>(c));
  return from_latin_1;
}

std::vector<std::string> read_lines(const fs::path& file) {
  const std::string text = read_corpus(file);
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    if (lines.back().ends_with('\r')) lines.back().pop_back();
    begin = end + 1;
  }
  return lines;
}

std::string hash_of(const std::vector<Encoding>& encodings) {
  Hasher hasher(HashAlgorithm::sha256);
  for (const Encoding& encoding : encodings) {
    std::string line;
    for (const std::int32_t id : encoding.ids) {
      line += (line.empty() ? "" : " ") + std::to_string(id);
    }
    char separator = '\t';
    for (const Span span : encoding.offsets) {
      line += fmt::format("{}{} {}", separator, span.begin, span.end);
      separator = ' ';
    }
    hasher.update(line + "\n");
  }
  return hasher.hex_digest();
}

class CorpusParity : public testing::TestWithParam<const char*> {};

TEST_P(CorpusParity, EveryLineHasThePeersIdsAndOffsets) {
  const std::string kind = GetParam();
  const fs::path vocabulary = shared_data() / "tokenizers" / ("bert-base-" + kind) / "vocab.txt";
  if (!fs::exists(vocabulary)) GTEST_SKIP() << "no " << vocabulary << ": set ATTUNE_SHARED";
  const fs::path folder = fs::path(testing::TempDir()) / ("attune-corpus-" + kind);
  fs::create_directories(folder);
  fs::copy_file(vocabulary, folder / "vocab.txt", fs::copy_options::overwrite_existing);
  write_file_atomically(folder / "tokenizer_config.json",
                        kind == "cased" ? R"({"do_lower_case": false})" : "{}");
  const Tokenizer tokenizer = Tokenizer::from_pretrained(folder);

  const Json golden = read_json(kFolder / "corpora.json")["vocabularies"][kind];
  tokenizer.save(folder);
  EXPECT_EQ(sha256_hex(read_file(folder / "tokenizer.json", 1u << 24)),
            golden["tokenizer_json_sha256"])
      << "transformers writes another tokenizer.json for the same vocab.txt";
  remove_tree(folder);
  ASSERT_GT(golden["files"].size(), 15u);
  for (const auto& [name, expected] : golden["files"].items()) {
    const auto lines = read_lines(shared_data() / name);
    ASSERT_EQ(lines.size(), expected["lines"]) << name;
    EXPECT_EQ(hash_of(tokenizer.encode_batch(lines)), expected["sha256"]) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Bert, CorpusParity, testing::Values("uncased", "cased"));

}  // namespace
}  // namespace attune
