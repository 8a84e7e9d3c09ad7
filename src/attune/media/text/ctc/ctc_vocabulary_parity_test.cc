// Compares with transformers: tests/parity/ctc_vocabulary/make_golden.py.
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/media/text/ctc/ctc_vocabulary.h"
#include "attune/media/text/ctc/greedy.h"

namespace attune {
namespace {

const fs::path kFolder = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/ctc_vocabulary";

/// Frames of which each has one output.
std::vector<float> frames_of(const std::vector<std::int64_t>& ids, std::int64_t size) {
  std::vector<float> scores(ids.size() * static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    scores[i * static_cast<std::size_t>(size) + static_cast<std::size_t>(ids[i])] = 1;
  }
  return scores;
}

/// Whether a text names a pad, begin or end symbol: characters here.
bool names_silent(const std::string& text, const CtcVocabulary& vocabulary) {
  const CtcSymbolNames& names = vocabulary.names();
  for (const std::string& name : {names.pad, names.begin, names.end}) {
    if (!name.empty() && text.find(name) != text.npos) return true;
  }
  return false;
}

class CtcVocabularyParity : public ::testing::Test {
 protected:
  CtcVocabulary read(const Json& item) {
    const fs::path folder = folder_.path() / std::to_string(count_++);
    make_directories(folder);
    for (const auto& [name, content] : item["files"].items()) {
      write_file_atomically(folder / (name + ".json"), dump_json(content));
    }
    return CtcVocabulary::from_folder(folder, item["language"].get<std::string>());
  }

  TemporaryFolder folder_;
  int count_ = 0;
  Json golden_ = read_json(kFolder / "golden.json");
};

TEST_F(CtcVocabularyParity, symbols_and_ids) {
  for (const auto& [name, item] : golden_.items()) {
    SCOPED_TRACE(name);
    const CtcVocabulary vocabulary = read(item);
    EXPECT_EQ(Json(vocabulary.symbols()), item["symbols"]);
    EXPECT_EQ(vocabulary.blank(), item["blank"]);
    EXPECT_EQ(vocabulary.unknown(), item["unknown"].get<std::int64_t>());
    int compared = 0;
    for (const auto& [text, ids] : item["texts"].items()) {
      if (names_silent(text, vocabulary)) continue;
      EXPECT_EQ(Json(vocabulary.encode(text)), ids) << '"' << text << '"';
      ++compared;
    }
    EXPECT_GT(compared, 5);
  }
}

TEST_F(CtcVocabularyParity, texts_of_outputs) {
  for (const auto& [name, item] : golden_.items()) {
    SCOPED_TRACE(name);
    const CtcVocabulary vocabulary = read(item);
    for (const Json& output : item["outputs"]) {
      const auto ids = output[0].get<std::vector<std::int64_t>>();
      const auto frames = frames_of(ids, vocabulary.size());
      EXPECT_EQ(decode_greedily(frames, vocabulary.alphabet()).text(), output[1])
          << output[0].dump();
    }
  }
}

/// What check_saved.py prints of a folder.
Json opened_by_transformers(const char* python, const fs::path& folder, const fs::path& texts) {
  const std::string command =
      fmt::format("{} {} {} {} 2>/dev/null", python, (kFolder / "check_saved.py").string(),
                  folder.string(), texts.string());
  FILE* const pipe = popen(command.c_str(), "r");
  std::string text;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) text += static_cast<char>(c);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return parse_json(text, command);
}

TEST_F(CtcVocabularyParity, saved_folders_open_in_transformers) {
  const char* const python = std::getenv("ATTUNE_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "ATTUNE_PEERS_PYTHON is not set: no live transformers";
  const std::string_view transcripts[] = {"merhaba dünya", "d'accord 你"};
  std::vector<CtcVocabulary> vocabularies = {CtcVocabulary::from_texts(transcripts)};
  for (const auto& [name, item] : golden_.items()) vocabularies.push_back(read(item));
  for (std::size_t i = 0; i < vocabularies.size(); ++i) {
    SCOPED_TRACE(i);
    const CtcVocabulary& vocabulary = vocabularies[i];
    const fs::path folder = folder_.path() / ("saved" + std::to_string(i));
    make_directories(folder);
    vocabulary.save(folder);
    const std::vector<std::string> texts = {"merhaba dünya", "a chh b",  "HELLO WORLD",
                                            "你 好",         "hä bb ss", "straße"};
    const fs::path list = folder_.path() / "texts.json";
    write_file_atomically(list, dump_json(Json(texts)));
    const Json seen = opened_by_transformers(python, folder, list);
    EXPECT_EQ(seen["symbols"], Json(vocabulary.symbols()));
    EXPECT_EQ(seen["blank"], vocabulary.blank());
    for (std::size_t t = 0; t < texts.size(); ++t) {
      EXPECT_EQ(seen["ids"][t], Json(CtcVocabulary::from_folder(folder).encode(texts[t])))
          << texts[t];
    }
  }
}

}  // namespace
}  // namespace attune
