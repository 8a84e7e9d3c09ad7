#include "attune/tasks/text_classification/saved_classifier.h"

#include <gtest/gtest.h>

#include "attune/base/files.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

TEST(IsCrossEncoder, ReadsTheMarksOfSentenceTransformers) {
  const TemporaryFolder folder;
  EXPECT_FALSE(is_cross_encoder(folder.path()));
  write_file_atomically(folder.path() / "config.json", R"({"model_type": "bert"})");
  // A bi-encoder has such a file too.
  write_file_atomically(folder.path() / "config_sentence_transformers.json",
                        R"({"model_type": "SentenceTransformer"})");
  EXPECT_FALSE(is_cross_encoder(folder.path()));
  write_file_atomically(folder.path() / "config_sentence_transformers.json",
                        R"({"model_type": "CrossEncoder"})");
  EXPECT_TRUE(is_cross_encoder(folder.path()));
  fs::remove(folder.path() / "config_sentence_transformers.json");
  write_file_atomically(
      folder.path() / "config.json",
      R"({"sentence_transformers": {"activation_fn": "torch.nn.Identity", "version": "4.1.0"}})");
  EXPECT_TRUE(is_cross_encoder(folder.path()));
  // What was fine-tuned here says in its run.yaml what it was trained on.
  write_file_atomically(folder.path() / "run.yaml", "task: text-classification\n");
  EXPECT_FALSE(is_cross_encoder(folder.path()));
}

TEST(WasTrainedOnSingleTexts, IsWhatRunYamlSays) {
  const TemporaryFolder folder;
  const auto says = [&](const char* text) {
    write_file_atomically(folder.path() / "run.yaml", text);
    return was_trained_on_single_texts(folder.path());
  };
  EXPECT_FALSE(was_trained_on_single_texts(folder.path()));
  EXPECT_TRUE(says("task: text-classification\ndata:\n  text_pair_column: ''\n"));
  EXPECT_FALSE(says("task: text-classification\ndata:\n  text_pair_column: reply\n"));
  EXPECT_FALSE(says("task: text-classification\n"));
}

}  // namespace
}  // namespace attune
