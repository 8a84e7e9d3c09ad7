// A run that resumes ends with the bits of one that was not stopped, or is refused: what a change
// of each option, and of each input, does. An option without a verdict here fails.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/log.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/media/image/encode.h"
#include "attune/models/bert/bert.h"
#include "attune/models/bert/bert_load.h"
#include "attune/models/registry.h"
#include "attune/tasks/registry.h"
#include "attune/tasks/speech_recognition/testing/tiny_speech.h"
#include "attune/train/checkpoint/checkpoint.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

enum class Verdict {
  refused,     ///< "cannot resume from ... with other settings"
  impossible,  ///< refused before: it contradicts another option, or the data
  same,        ///< the same bits
  told,        ///< goes on, with a warning of what is not the same
  unused,      ///< these data have no use for it: the same bits, or refused for that
};

struct Change {
  const char* option;
  std::string value;
  Verdict verdict;
};

using Flags = std::map<std::string, std::string>;

/// A finished run whose first epoch's checkpoint is resumed with changes.
class ResumedSettings : public ::testing::Test {
 protected:
  fs::path path(const std::string& name) const { return folder_.path() / name; }
  void write(const std::string& name, const std::string& content) const {
    make_directories(path(name).parent_path());
    write_file_atomically(path(name), content);
  }

  static void train(const std::string& task_name, const Flags& flags) {
    const auto task = find_task(task_name).make();
    config::Schema schema;
    task->add_options(schema, Verb::train);
    std::vector<std::string> arguments;
    for (const auto& [name, value] : flags) arguments.push_back("--" + name + "=" + value);
    schema.apply_flags(arguments);
    schema.problems().throw_if_any();
    ASSERT_EQ(task->train(schema), 0);
  }

  void begin(const std::string& task, Flags flags) {
    task_ = task;
    flags_ = std::move(flags);
    flags_["output_dir"] = path("whole").string();
    train(task_, flags_);
    // From its first epoch: what follows is where a change would show.
    const auto checkpoints = list_checkpoints(path("whole"));
    ASSERT_EQ(checkpoints.size(), 2U);
    last_ = checkpoints.back().path.filename().string();
    fs::copy(path("whole"), path("begun"), fs::copy_options::recursive);
    for (const char* made : {"model.safetensors", "metrics.json", "report.html"}) {
      fs::remove(path("begun") / made);
    }
    remove_tree(path("begun") / last_);
  }

  /// What resuming with `changed` flags comes to.
  std::string outcome(const Flags& changed, Verdict& verdict) {
    remove_tree(path("again"));
    fs::copy(path("begun"), path("again"), fs::copy_options::recursive);
    Flags flags = flags_;
    flags["output_dir"] = path("again").string();
    flags["resume_from_checkpoint"] = "last";
    for (const auto& [name, value] : changed) flags[name] = value;
    std::string warnings;
    const LogSink before = set_log_sink([&](LogLevel level, std::string_view text) {
      if (level == LogLevel::warning) warnings += std::string(text) + "\n";
    });
    std::string error;
    try {
      train(task_, flags);
    } catch (const Error& thrown) {
      error = thrown.what();
    }
    set_log_sink(before);
    if (!error.empty()) {
      verdict = error.find("cannot resume from") != std::string::npos ? Verdict::refused
                                                                      : Verdict::impossible;
      return error;
    }
    const bool told = warnings.find("the last bits of results may differ") != std::string::npos ||
                      warnings.find("follows the longer schedule") != std::string::npos;
    verdict = told ? Verdict::told : Verdict::same;
    // Of the final model, which may be the best one, and of what was trained behind it.
    for (const std::string& file : {std::string("model.safetensors"), last_ + "/model.safetensors",
                                    last_ + "/optimizer.safetensors"}) {
      if (told || bytes(fs::path(flags["output_dir"]) / file) == bytes(path("whole") / file))
        continue;
      ADD_FAILURE() << "other bits in " << file;
    }
    return warnings;
  }

  static std::string bytes(const fs::path& file) {
    return fs::exists(file) ? read_file(file, 1 << 28) : "no file";
  }

  static std::string flag_of(const Flags& changed) {
    std::string flag = "--" + changed.begin()->first;
    std::ranges::replace(flag, '_', '-');
    return flag;
  }

  void expect(const Flags& changed, Verdict expected, const std::string& name = "") {
    std::string what = name;
    for (const auto& [option, value] : changed) what += " " + option + "=" + value;
    SCOPED_TRACE(what);
    Verdict verdict{};
    const std::string text = outcome(changed, verdict);
    if (expected == Verdict::unused) {
      EXPECT_TRUE(verdict == Verdict::same || verdict == Verdict::impossible) << text;
      return;
    }
    // An option that has no effect beside the others is refused for that.
    if (name.empty() && !changed.empty() && verdict == Verdict::impossible &&
        (expected == Verdict::refused || expected == Verdict::same)) {
      EXPECT_THAT(text,
                  ::testing::AnyOf(HasSubstr(changed.begin()->first), HasSubstr(flag_of(changed))));
      return;
    }
    EXPECT_EQ(static_cast<int>(verdict), static_cast<int>(expected)) << text;
    if (verdict == Verdict::refused && !name.empty()) {
      EXPECT_THAT(text, HasSubstr(name)) << "the message names what differs";
    }
  }

  /// Every option of the task must have its change.
  void walk(const std::vector<Change>& changes) {
    const auto task = find_task(task_).make();
    config::Schema schema;
    task->add_options(schema, Verb::train);
    std::map<std::string, const Change*> of;
    for (const Change& change : changes) of[change.option] = &change;
    for (const config::Field& field : schema.fields()) {
      const auto found = of.find(field.name);
      if (found == of.end()) {
        ADD_FAILURE() << "what does a resumed run make of another " << field.name << "? Add it to "
                      << __FILE__;
        continue;
      }
      expect({{found->first, found->second->value}}, found->second->verdict);
    }
  }

  TemporaryFolder folder_;
  std::string task_, last_;
  Flags flags_;
};

/// Of every task.
std::vector<Change> common(const fs::path& elsewhere) {
  using enum Verdict;
  return {
      {"revision", "other", same},  // of a folder there is one
      {"weights_key", "model", impossible},
      {"problem_type", "regression", impossible},
      {"classifier_dropout", "0.3", refused},
      {"strategy", "feature-extraction", refused},
      {"unfreeze_every", "steps", impossible},
      {"unfreeze_interval", "2", impossible},
      {"train_last", "1", refused},
      {"freeze_encoder_steps", "1", refused},
      {"layer_lr_decay", "0.5", refused},
      {"head_learning_rate", "0.1", refused},
      {"cache_limit", "1k", same},
      {"cache_dir", (elsewhere / "cache").string(), same},
      {"output_dir", (elsewhere / "nothing").string(), same},
      {"overwrite_output_dir", "true", same},
      {"num_train_epochs", "3", told},
      {"max_steps", "5", refused},
      {"per_device_train_batch_size", "5", refused},
      {"per_device_eval_batch_size", "3", refused},  // a metric decides
      {"batch_tokens", "40", refused},
      {"gradient_accumulation_steps", "2", refused},
      {"learning_rate", "0.5", refused},
      {"weight_decay", "0.5", refused},
      {"adam_beta1", "0.5", refused},
      {"adam_beta2", "0.5", refused},
      {"adam_epsilon", "0.5", refused},
      {"momentum", "0.5", refused},
      {"max_grad_norm", "0.5", refused},
      {"optim", "sgd", refused},
      {"ema_decay", "0.5", refused},
      {"lr_scheduler_type", "cosine", refused},
      {"warmup_steps", "2", refused},
      {"warmup_ratio", "0.5", refused},
      {"lr_num_cycles", "0.25", refused},
      {"lr_min", "1e-9", refused},
      {"lr_min_rate", "0.1", refused},
      {"lr_warmup_rate", "0.1", refused},
      {"lr_decay_steps", "2", refused},
      {"lr_hold_ratio", "0.3", refused},
      {"lr_stable_steps", "2", refused},
      {"lr_warmup_type", "cosine", refused},
      {"lr_decay_type", "linear", refused},
      {"lr_end", "1e-9", refused},
      {"lr_power", "3", refused},
      {"lr_timescale", "3", refused},
      {"lr_cut_frac", "0.5", refused},
      {"lr_ratio", "3", refused},
      {"lr_pct_start", "0.5", refused},
      {"lr_div_factor", "3", refused},
      {"lr_final_div_factor", "3", refused},
      {"lr_plateau_factor", "0.5", refused},
      {"lr_plateau_patience", "3", refused},
      {"lr_plateau_threshold", "0.5", refused},
      {"lr_plateau_min", "0.5", refused},
      {"label_smoothing_factor", "0.2", refused},
      {"eval_strategy", "steps", refused},
      {"eval_steps", "2", refused},
      {"save_strategy", "steps", same},
      {"save_steps", "3", same},
      {"save_total_limit", "7", same},
      {"logging_strategy", "no", same},
      {"logging_steps", "2", same},
      {"logging_first_step", "true", same},
      {"logging_dir", (elsewhere / "events").string(), same},
      {"disable_tqdm", "true", same},
      {"load_best_model_at_end", "false", refused},
      {"metric_for_best_model", "accuracy", refused},
      {"greater_is_better", "true", refused},
      {"early_stopping_patience", "9", refused},
      {"early_stopping_threshold", "0.5", refused},
      {"seed", "5", refused},
      {"data_seed", "5", refused},
      {"group_by_length", "true", refused},
      {"dataloader_drop_last", "true", refused},
      {"device", "cpu", same},
      {"use_cpu", "true", same},
      {"precision", "bf16", refused},
      {"bf16", "true", impossible},  // precision says fp32
      {"threads", "2", told},
      {"resume_from_checkpoint", "True", same},
      {"class_weights", "balanced", refused},
      {"focal_gamma", "2", refused},
      {"balanced_sampling", "true", refused},
      {"report_mistakes", "3", same},
  };
}

Flags common_flags() {
  return {{"num_train_epochs", "2"},
          {"per_device_train_batch_size", "4"},
          {"learning_rate", "0.01"},
          {"save_strategy", "epoch"},
          {"eval_strategy", "epoch"},
          {"load_best_model_at_end", "true"},
          {"seed", "3"},
          {"threads", "1"},
          {"precision", "fp32"},
          {"report_mistakes", "0"}};
}

class ResumedTexts : public ResumedSettings {
 protected:
  ResumedTexts() {
    BertConfig config;
    config.vocab_size = 12;
    config.hidden_size = 8;
    config.num_hidden_layers = 2;
    config.num_attention_heads = 2;
    config.intermediate_size = 16;
    config.max_position_embeddings = 16;
    config.labels = {"neg", "pos"};
    BertForSequenceClassification model(config);
    initialize_bert(model, 5, [](std::string_view) { return true; });
    make_directories(path("model"));
    save_pretrained(model, path("model"));
    write("model/vocab.txt",
          "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\nbad\nfilm\nthe\nvery\na\nGood\n");
    write("model/tokenizer_config.json",
          R"({"tokenizer_class": "BertTokenizer", "do_lower_case": true})");
    write("train.csv", table(12, 0));
    write("validation.csv", table(6, 1));
    write("test.csv", table(6, 2));
    Flags flags = common_flags();
    flags["model"] = path("model").string();
    flags["train_file"] = path("train.csv").string();
    flags["validation_file"] = path("validation.csv").string();
    flags["test_file"] = path("test.csv").string();
    begin("text-classification", flags);
  }

  static std::string table(int rows, int seed) {
    std::string text = "text,label,other,author\n";
    for (int n = 0; n < rows; ++n) {
      const bool good = n % 2 == 0;
      text += "the ";
      for (int k = 0; k < 1 + (n + seed) % 3; ++k) text += "very ";
      text += good ? "Good film,pos,neg," : "bad film,neg,pos,";
      text += "author" + std::to_string(100 * seed + n) + "\n";
    }
    return text;
  }
};

TEST_F(ResumedTexts, EveryOptionIsRefusedOrLeavesTheBits) {
  using enum Verdict;
  fs::copy(path("model"), path("model2"));
  write("train2.csv", table(12, 0));
  write("validation2.csv", table(6, 1));
  write("test2.csv", table(9, 5));
  std::vector<Change> changes = common(path("elsewhere"));
  changes.insert(changes.end(),
                 {{"model", path("model2").string(), same},
                  {"train_file", path("train2.csv").string(), same},  // the same, elsewhere
                  {"validation_file", path("validation2.csv").string(), same},
                  {"validation_split", "0.2", impossible},
                  {"folds", "3", impossible},
                  {"test_file", path("test2.csv").string(), same},
                  {"labels", "pos,neg", refused},
                  {"on_bad_row", "skip", same},
                  {"text_column", "other", refused},
                  {"text_pair_column", "other", refused},
                  {"label_column", "other", refused},
                  {"split_column", "author", impossible},
                  {"group_column", "author", same},
                  {"columns", "text,label,other,author", refused},
                  {"delimiter", ";", impossible},
                  {"encoding", "latin-1", unused},  // letters of ASCII
                  {"quote", "none", unused},        // nothing is quoted
                  {"label_separator", ";", unused},
                  {"keep_default_na", "false", unused},  // no cell means missing
                  {"threshold", "0.3", impossible},      // one label each
                  {"max_length", "4", refused},
                  {"pooling", "mean", refused},
                  {"freeze", "embeddings", refused}});
  walk(changes);
}

TEST_F(ResumedTexts, EveryInputIsRefusedOrLeavesTheBits) {
  using enum Verdict;
  const auto with = [&](const std::string& name, const std::string& content, Verdict verdict,
                        const std::string& named) {
    const std::string before = bytes(path(name));
    write(name, content);
    expect({}, verdict, named);
    write(name, before);
  };
  std::string train = table(12, 0);
  with("train.csv", train.replace(train.find("film"), 4, "very"), refused, "train_data");
  with("validation.csv", table(6, 2), refused, "validation_data");
  with("test.csv", table(6, 4), same, "");
  with("model/vocab.txt",
       "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nbad\ngood\nfilm\nthe\nvery\na\nGood\n", refused,
       "tokenizer");
  with("model/tokenizer_config.json",
       R"({"tokenizer_class": "BertTokenizer", "do_lower_case": false})", refused, "tokenizer");
  std::string config = bytes(path("model/config.json"));
  with("model/config.json", config.replace(config.find("\"gelu\""), 6, "\"relu\""), refused,
       "model_config.hidden_act was gelu, is relu");
  config = bytes(path("model/config.json"));
  with("model/config.json", config.replace(config.find("1e-12"), 5, "1e-3"), refused,
       "model_config.layer_norm_eps");
  // The checkpoint has the weights.
  const std::string weights = bytes(path("model/model.safetensors"));
  std::string others = weights;
  others[others.size() - 2] = static_cast<char>(others[others.size() - 2] ^ 1);
  with("model/model.safetensors", others, same, "");
  expect({}, same);
}

class ResumedPictures : public ResumedSettings {
 protected:
  void write_pictures(const std::string& folder, int count, int seed) const {
    for (const char* kind : {"lying", "upright"}) {
      for (int n = 0; n < count; ++n) write_picture(folder, kind, n, seed);
    }
  }
  void write_picture(const std::string& folder, const std::string& kind, int n, int seed) const {
    Image image(32, 32, 3);
    for (std::size_t i = 0; i < image.samples.size(); ++i) {
      const std::size_t y = i / 96, x = i % 96 / 3, at = 8 + static_cast<std::size_t>(n) % 16;
      const bool bright = (kind == "lying" ? y : x) == at;
      image.samples[i] = static_cast<std::uint8_t>(
          bright ? 230 : (i * 7 + static_cast<std::size_t>(n * 13 + seed * 31)) % 90);
    }
    write(folder + "/" + kind + "/" + std::to_string(n) + ".png", encode_png(image));
  }

  void start(const Flags& more) {
    fs::create_directories(path("model"));
    save_pretrained(*make_image_classifier("", "resnet20_cifar", {.num_labels = 2}).model,
                    path("model"));
    write_pictures("train", 6, 0);
    write_pictures("validation", 3, 1);
    write_pictures("test", 3, 2);
    Flags flags = common_flags();
    flags["model"] = path("model").string();
    flags["train_dir"] = path("train").string();
    flags["validation_dir"] = path("validation").string();
    flags["test_dir"] = path("test").string();
    flags["bootstrap_resamples"] = "100";
    flags["image_size"] = "32";
    flags.insert(more.begin(), more.end());
    begin("medical-image-classification", flags);
  }
};

TEST_F(ResumedPictures, EveryOptionIsRefusedOrLeavesTheBits) {
  using enum Verdict;
  start({});
  fs::copy(path("model"), path("model2"));
  for (const char* part : {"train", "validation", "test"}) {
    fs::copy(path(part), path(std::string(part) + "2"), fs::copy_options::recursive);
  }
  std::vector<Change> changes = common(path("elsewhere"));
  changes.insert(changes.end(), {{"model", path("model2").string(), same},
                                 {"train_dir", path("train2").string(), same},
                                 {"validation_dir", path("validation2").string(), same},
                                 {"test_dir", path("test2").string(), same},
                                 {"manifest", "x.csv", impossible},
                                 {"root", "x", impossible},
                                 {"data_file", "x.npz", impossible},
                                 {"test_file", "x.npz", impossible},
                                 {"validation_split", "0.2", impossible},
                                 {"folds", "3", impossible},
                                 {"labels", "upright,lying", refused},
                                 {"on_bad_row", "skip", same},
                                 {"check_images", "false", refused},
                                 {"loader_threads", "2", same},
                                 {"image_column", "x", unused},
                                 {"label_column", "x", unused},
                                 {"split_column", "x", unused},
                                 {"group_column", "x", unused},
                                 {"label_separator", ";", unused},
                                 {"image_suffix", ".png", unused},
                                 {"keep_default_na", "false", unused},
                                 {"uncertain_labels", "zero", unused},
                                 {"blank_labels", "negative", unused},
                                 {"decode_memory", "1g", same},
                                 {"encoding", "latin-1", unused},
                                 {"group_by", "none", unused},
                                 {"group_regex", "([0-9])", unused},
                                 {"voi_transform", "window", unused},
                                 {"columns", "x", unused},
                                 {"delimiter", ";", unused},
                                 {"quote", "none", unused},
                                 {"random_resized_crop", "true", refused},
                                 {"crop_scale_min", "0.5", impossible},
                                 {"crop_scale_max", "0.9", impossible},
                                 {"crop_ratio_min", "0.9", impossible},
                                 {"crop_ratio_max", "1.1", impossible},
                                 {"random_crop_padding", "2", refused},
                                 {"horizontal_flip", "0.5", refused},
                                 {"vertical_flip", "0.5", refused},
                                 {"random_rotation", "10", refused},
                                 {"rand_augment", "true", refused},
                                 {"rand_augment_num_ops", "3", impossible},
                                 {"rand_augment_magnitude", "3", impossible},
                                 {"trivial_augment", "true", refused},
                                 {"jitter_brightness", "0.5", refused},
                                 {"jitter_contrast", "0.5", refused},
                                 {"jitter_saturation", "0.5", refused},
                                 {"jitter_hue", "0.2", refused},
                                 {"random_erasing", "0.5", refused},
                                 {"mixup_alpha", "0.5", refused},
                                 {"cutmix_alpha", "0.5", refused},
                                 {"window_center", "40", impossible},  // and its width
                                 {"window_width", "80", impossible},
                                 {"slice_axis", "1", unused},
                                 {"slice_index", "1", unused},
                                 {"frame_index", "0", unused},
                                 {"subgroup_column", "x", unused},
                                 {"architecture", "resnet20_cifar", impossible},
                                 {"input_channels", "1", refused},
                                 {"augment_cache", "2", impossible},
                                 {"image_size", "24", refused},
                                 {"resize_size", "40", refused},
                                 {"crop_mode", "letterbox", refused},
                                 {"resample", "nearest", refused},
                                 {"image_mean", "0.1,0.1,0.1", refused},
                                 {"image_std", "0.1,0.1,0.1", refused},
                                 {"freeze", "linear", refused},
                                 {"positive_label", "lying", same},
                                 {"threshold_rule", "0.5", same},
                                 {"temperature_scaling", "false", same},
                                 {"at_specificity", "0.8", same},
                                 {"bootstrap_resamples", "120", same},
                                 {"bootstrap_seed", "7", same}});
  walk(changes);
  // What another task on pictures has is among it.
  const auto plain = find_task("image-classification").make(), medical = find_task(task_).make();
  config::Schema plain_schema, medical_schema;
  plain->add_options(plain_schema, Verb::train);
  medical->add_options(medical_schema, Verb::train);
  for (const config::Field& field : plain_schema.fields()) {
    if (field.name == "threshold") continue;  // of several labels: as that of texts
    EXPECT_NE(medical_schema.find(field.name), nullptr) << field.name;
  }
}

TEST_F(ResumedPictures, EveryInputIsRefusedOrLeavesTheBits) {
  using enum Verdict;
  for (const char* scanned : {"true", "false"}) {
    SCOPED_TRACE(std::string("check_images ") + scanned);
    for (const char* made : {"whole", "begun"}) remove_tree(path(made));
    start({{"check_images", scanned}});
    write_picture("train", "lying", 1, 9);
    expect({}, refused, "train_data");
    write_picture("train", "lying", 1, 0);
    write_picture("validation", "upright", 1, 9);
    expect({}, refused, "validation_data");
    write_picture("validation", "upright", 1, 1);
    write_picture("test", "upright", 1, 9);
    expect({}, same);
  }
  // What was not decoded is compared with the way it is read.
  expect({{"group_by", "none"}}, refused);
}

class ResumedSpeech : public ResumedSettings {
 protected:
  ResumedSpeech() {
    // Begins with a trained model, so that its convolutions are frozen and their output is kept.
    const OpenedSpeechModel opened = tiny_speech_model({"ab c"});
    make_directories(path("model"));
    save_pretrained(*opened.model, path("model"));
    opened.vocabulary.save(path("model"));
    table("train.csv", 12, 0);
    table("validation.csv", 4, 20);
    table("test.csv", 4, 40);
    table("old.csv", 6, 60);
    Flags flags = common_flags();
    flags["model"] = path("model").string();
    for (const auto& [option, file] : {std::pair{"manifest", "train.csv"},
                                       {"validation_manifest", "validation.csv"},
                                       {"test_manifest", "test.csv"},
                                       {"replay_manifest", "old.csv"}}) {
      flags[option] = path(file).string();
    }
    flags["metric_for_best_model"] = "loss";
    begin("speech-recognition", flags);
  }

  /// Clips of tones from `first` on.
  void table(const std::string& name, int rows, int first) {
    constexpr std::array<const char*, 3> kTexts = {"ab", "c a", "b"};
    std::string text = "path,text,other,speaker\n";
    for (int n = first; n < first + rows; ++n) {
      const std::string clip = "clips/" + std::to_string(n) + ".wav";
      write_sound(path(clip), tone(0.1 + 0.02 * (n % 3), n));
      text += fmt::format("{},{},ba,speaker{}\n", clip, kTexts[static_cast<std::size_t>(n) % 3], n);
    }
    write(name, text);
  }
};

TEST_F(ResumedSpeech, EveryOptionIsRefusedOrLeavesTheBits) {
  using enum Verdict;
  fs::copy(path("model"), path("model2"));
  for (const char* name : {"train", "validation", "test", "old"}) {
    fs::copy(path(std::string(name) + ".csv"), path(std::string(name) + "2.csv"));
  }
  table("other.csv", 12, 80);
  std::vector<Change> changes = common(path("elsewhere"));
  // What recordings have otherwise.
  for (Change& change : changes) {
    if (std::string(change.option) == "metric_for_best_model") change.value = "wer";
  }
  changes.insert(changes.end(), {{"model", path("model2").string(), same},
                                 {"manifest", path("train2.csv").string(), same},
                                 {"validation_manifest", path("validation2.csv").string(), same},
                                 {"test_manifest", path("test2.csv").string(), same},
                                 {"replay_manifest", path("old2.csv").string(), same},
                                 {"replay_ratio", "0.25", refused},
                                 {"old_manifest", path("old.csv").string(), same},
                                 {"train_dir", path("clips").string(), impossible},
                                 {"validation_dir", path("clips").string(), impossible},
                                 {"test_dir", path("clips").string(), impossible},
                                 {"root", path("").string(), same},
                                 {"recording", path("clips/0.wav").string(), impossible},
                                 {"encoding", "latin-1", same},
                                 {"validation_split", "0.2", impossible},
                                 {"min_seconds", "0.11", refused},
                                 {"max_seconds", "0.13", refused},
                                 {"on_bad_row", "skip", same},
                                 {"loader_threads", "2", same},
                                 {"audio_column", "path", same},
                                 {"text_column", "other", refused},
                                 {"speaker_column", "none", same},
                                 {"begin_column", "none", same},
                                 {"end_column", "none", same},
                                 {"duration_column", "none", same},
                                 {"split_column", "x", impossible},
                                 {"annotation_tier", "x", unused},
                                 {"columns", "path,text,other,speaker", impossible},
                                 {"delimiter", ";", impossible},
                                 {"quote", "none", same},
                                 {"keep_default_na", "false", same},
                                 {"letter_case", "upper", refused},
                                 {"remove_punctuation", "true", same},
                                 {"chars_to_remove", "c", refused},
                                 {"unicode_normalization", "NFKC", same},
                                 {"transcript_language", "tr", same},
                                 {"speed_perturb", "0.1", refused},
                                 {"random_gain", "3", refused},
                                 {"noise_probability", "0.5", refused},
                                 {"noise_snr_min", "5", impossible},
                                 {"noise_snr_max", "50", impossible},
                                 {"architecture", path("model/config.json").string(), impossible},
                                 {"language", "deu", impossible},
                                 {"vocabulary", "checkpoint", refused},
                                 {"freeze_feature_encoder", "false", refused},
                                 {"freeze", "layer_norm", refused},
                                 {"mask_time_prob", "0.5", refused},
                                 {"mask_time_length", "2", refused},
                                 {"mask_time_min_masks", "1", refused},
                                 {"mask_feature_prob", "0.5", refused},
                                 {"mask_feature_length", "2", refused},
                                 {"mask_feature_min_masks", "1", refused},
                                 {"layerdrop", "0.5", refused},
                                 {"hidden_dropout", "0.5", refused},
                                 {"activation_dropout", "0.5", refused},
                                 {"attention_dropout", "0.5", refused},
                                 {"feat_proj_dropout", "0.5", refused},
                                 {"final_dropout", "0.5", refused},
                                 {"batch_seconds", "1", refused},
                                 {"eval_batch_seconds", "1", refused},
                                 {"join_clips", "2", refused},
                                 {"ctc_loss_reduction", "sum", refused},
                                 {"ctc_zero_infinity", "false", refused}});
  walk(changes);
}

TEST_F(ResumedSpeech, EveryInputIsRefusedOrLeavesTheBits) {
  using enum Verdict;
  const auto change = [&](const char* clip, double seconds) {
    write_sound(path(clip), tone(seconds, 7));
  };
  const std::string before = bytes(path("clips/1.wav"));
  change("clips/1.wav", 0.12);
  expect({}, refused, "train_data");
  write("clips/1.wav", before);
  change("clips/62.wav", 0.14);  // of what is replayed
  expect({}, refused, "train_data");
  table("old.csv", 6, 60);
  change("clips/21.wav", 0.12);
  expect({}, refused, "validation_data");
  table("validation.csv", 4, 20);
  change("clips/41.wav", 0.12);
  expect({}, same);
}

}  // namespace
}  // namespace attune
