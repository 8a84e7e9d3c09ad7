#include "attune/models/wav2vec2/wav2vec2.h"

#include <algorithm>
#include <map>
#include <set>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/std.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/models/registry.h"
#include "attune/models/wav2vec2/language_adapter.h"
#include "attune/models/wav2vec2/wav2vec2_fairseq.h"
#include "attune/models/wav2vec2/wav2vec2_load.h"
#include "attune/nn/init.h"
#include "attune/nn/noise.h"
#include "attune/pretrained/formats/model_folder.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Wav2Vec2Config tiny(bool stable = false) {
  Wav2Vec2Config config;
  config.vocab_size = 7;
  config.hidden_size = 16;
  config.num_hidden_layers = 3;
  config.num_attention_heads = 2;
  config.intermediate_size = 24;
  config.initializer_range = 0.2;
  config.conv_dim = {6, 8};
  config.conv_kernel = {10, 3};
  config.conv_stride = {5, 2};
  config.num_conv_pos_embeddings = 6;
  config.num_conv_pos_embedding_groups = 2;
  config.time_mask = {0.4, 3, 1};
  config.feature_mask = {0.3, 2, 1};
  config.do_stable_layer_norm = stable;
  config.feat_extract_norm = stable ? "layer" : "group";
  config.conv_bias = stable;
  if (stable) config.adapter_attn_dim = 4;
  return config;
}

std::shared_ptr<Wav2Vec2ForCTC> make(const Wav2Vec2Config& config, std::uint64_t seed = 5) {
  auto model = std::make_shared<Wav2Vec2ForCTC>(config);
  initialize_wav2vec2(*model, seed, [](std::string_view) { return true; });
  return model;
}

PackedAudio audio(const std::vector<std::int64_t>& lengths = {200, 57, 311}) {
  PackedAudio batch;
  for (const std::int64_t length : lengths) {
    batch.clips.offsets.push_back(batch.clips.rows() + length);
  }
  batch.samples = at::zeros({batch.clips.rows()});
  nn::fill_normal(batch.samples, 1.0, Rng(2, "samples"));
  return batch;
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

class EachKind : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Wav2Vec2, EachKind, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "stable" : "post"; });

TEST_P(EachKind, EveryParameterIsInOneGroup) {
  const auto model = make(tiny(GetParam()));
  for (const auto& item : model->named_parameters()) {
    int found = 0;
    for (const DepthGroup& group : model->depth_groups()) {
      for (const std::string& prefix : group.prefixes) found += item.name.starts_with(prefix);
    }
    EXPECT_EQ(found, 1) << item.name;
  }
}

TEST_P(EachKind, TwoPartsEqualTheWhole) {
  const auto model = make(tiny(GetParam()));
  const PackedAudio batch = audio();
  const auto last = static_cast<std::int64_t>(model->depth_groups().size());
  for (const bool training : {false, true}) {
    model->train(training);
    const NoiseScope noise(1, 0, 7, 0);
    const at::Tensor whole = model->forward(batch);
    EXPECT_EQ(whole.sizes(), at::IntArrayRef({model->frames(batch.clips).rows(), 7}));
    for (std::int64_t cut = 1; cut < last; ++cut) {
      const at::Tensor state = model->run(batch, {}, 0, cut).only().detach();
      EXPECT_TRUE(at::equal(model->run(batch, state, cut, last).only(), whole)) << cut;
    }
  }
}

// What transformers and fairseq do not give with group norm: see nn::ConvFeatureEncoder.
TEST_P(EachKind, AClipDoesNotDependOnItsBatch) {
  const auto model = make(tiny(GetParam()));
  model->eval();
  const at::NoGradGuard no_grad;
  const PackedAudio batch = audio();
  const at::Tensor whole = model->forward(batch);
  const Segments frames = model->frames(batch.clips);
  for (std::int64_t n = 0; n < batch.clips.count(); ++n) {
    const auto at = static_cast<std::size_t>(n);
    const std::int64_t length = batch.clips.length(n);
    const at::Tensor alone = model->forward(
        {batch.samples.narrow(0, batch.clips.offsets[at], length), Segments{{0, length}}});
    EXPECT_LT(distance(alone, whole.narrow(0, frames.offsets[at], frames.length(n))), 5e-6) << n;
  }
}

// Whoever freezes groups sets modes by these prefixes: what draws outside of them would go on.
TEST_P(EachKind, WhatDrawsBelongsToAGroup) {
  const auto model = make(tiny(GetParam()));
  const auto groups = model->depth_groups();
  int found = 0;
  for (const auto& [path, module] : model->named_modules()) {
    if (dynamic_cast<nn::Noisy*>(module) == nullptr || path == "dropout") continue;  // the head's
    ++found;
    EXPECT_TRUE(std::any_of(groups.begin(), groups.end(), [&](const DepthGroup& group) {
      return std::any_of(
          group.prefixes.begin(), group.prefixes.end(),
          [&](const std::string& prefix) { return (path + ".").starts_with(prefix); });
    })) << path;
  }
  EXPECT_EQ(found, 4 + 3 * 5);
}

// Everything random is off where a group is in evaluation mode, as frozen groups are.
TEST_P(EachKind, MasksAndLayerDropAreOfTheirGroups) {
  Wav2Vec2Config config = tiny(GetParam());
  config.hidden_dropout = config.activation_dropout = config.attention_dropout = 0;
  config.final_dropout = 0;
  config.layerdrop = 1;
  const auto model = make(config);
  const PackedAudio batch = audio();
  const NoiseScope noise(1, 0, 7, 0);
  model->eval();
  const at::Tensor features = model->run(batch, {}, 0, 1).only();
  const at::Tensor seen = model->run(batch, features, 1, 2).only();
  model->train();
  EXPECT_GT(distance(model->run(batch, features, 1, 2).only(), seen), 0.1);
  // Every layer is left out; only the encoder's last norm stays.
  EXPECT_TRUE(at::equal(model->run(batch, seen, 2, 4).only(), seen));
  EXPECT_EQ(at::equal(model->run(batch, seen, 4, 5).only(), seen), !GetParam());
  config.layerdrop = 0;
  const auto whole = make(config);
  EXPECT_GT(distance(whole->run(batch, seen, 2, 4).only(), seen), 0.1);
}

TEST(Wav2Vec2, LayerDropLeavesOutItsShare) {
  Wav2Vec2Config config = tiny();
  config.hidden_dropout = config.activation_dropout = config.attention_dropout = 0;
  config.layerdrop = 0.3;
  const auto model = make(config);
  const PackedAudio batch = audio({200});
  const at::Tensor x = model->run(batch, {}, 0, 1).only().matmul(at::zeros({8, 16}) + 0.1);
  int dropped = 0;
  for (std::int64_t step = 0; step < 100; ++step) {
    const NoiseScope noise(1, 0, step, 0);
    for (std::int64_t group = 2; group < 5; ++group) {
      dropped += at::equal(model->run(batch, x, group, group + 1).only(), x);
    }
  }
  EXPECT_GT(dropped, 60);
  EXPECT_LT(dropped, 120);
}

TEST(Wav2Vec2, SpecAugmentCanBeOff) {
  Wav2Vec2Config config = tiny();
  config.hidden_dropout = config.activation_dropout = config.attention_dropout = 0;
  config.final_dropout = config.layerdrop = 0;
  config.apply_spec_augment = false;
  const auto model = make(config);
  const at::Tensor training = model->forward(audio());
  model->eval();
  EXPECT_TRUE(at::equal(model->forward(audio()), training));
}

TEST(Wav2Vec2, MaskEmbeddingIsThereWhereFramesAreHidden) {
  Wav2Vec2Config config = tiny();
  EXPECT_NO_THROW(make(config)->tensor("wav2vec2.masked_spec_embed"));
  config.time_mask.probability = config.feature_mask.probability = 0;
  EXPECT_ANY_THROW(make(config)->tensor("wav2vec2.masked_spec_embed"));
  // A checkpoint that has it is read, and one that lacks it too.
  const TemporaryFolder with;
  save_pretrained(*make(tiny()), with.path());
  Json json = read_json(with.path() / "config.json");
  json["mask_time_prob"] = json["mask_feature_prob"] = 0;
  write_file_atomically(with.path() / "config.json", dump_json(json));
  LoadedCtcModel loaded = make_ctc_model(with.path());
  EXPECT_THAT(loaded.report.ignored, ElementsAre("wav2vec2.masked_spec_embed"));
  const TemporaryFolder without;
  save_pretrained(*loaded.model, without.path());
  json["mask_time_prob"] = 0.1;
  write_file_atomically(without.path() / "config.json", dump_json(json));
  EXPECT_THAT(make_ctc_model(without.path()).report.initialized,
              ElementsAre("wav2vec2.masked_spec_embed"));
}

TEST_P(EachKind, SavedFolderOpensToTheSame) {
  const auto model = make(tiny(GetParam()));
  model->eval();
  const TemporaryFolder folder;
  save_pretrained(*model, folder.path());
  const LoadedCtcModel loaded = make_ctc_model(folder.path());
  loaded.model->eval();
  EXPECT_TRUE(loaded.report.unexpected.empty() && loaded.report.initialized.empty());
  EXPECT_TRUE(at::equal(loaded.model->forward(audio()), model->forward(audio())));
  EXPECT_EQ(loaded.model->config_json(), model->config_json());
  const auto by_name = Wav2Vec2ForCTC::from_pretrained(folder.path().string());
  by_name->eval();
  EXPECT_TRUE(at::equal(by_name->forward(audio()), model->forward(audio())));
}

TEST(Wav2Vec2, BothNamesOfTheNormedWeightAreRead) {
  const auto model = make(tiny());
  model->eval();
  const TemporaryFolder folder;
  save_pretrained(*model, folder.path());
  const CheckpointFile saved = open_weights(folder.path());
  EXPECT_NE(saved.find("wav2vec2.encoder.pos_conv_embed.conv.weight_g"), nullptr);
  std::vector<TensorView> views;
  for (TensorView view : saved.tensors()) {
    const auto renamed = [&](std::string_view from, std::string_view to) {
      if (!view.name.ends_with(from)) return;
      view.name.replace(view.name.size() - from.size(), from.size(), to);
    };
    renamed("weight_g", "parametrizations.weight.original0");
    renamed("weight_v", "parametrizations.weight.original1");
    // An encoder's checkpoint has no prefix; pre-training's and a wrapper's have more.
    views.push_back(view);
  }
  const CheckpointFile fresh("fresh", views, {}, saved.storage());
  const LoadedWav2Vec2 loaded = load_wav2vec2_ctc(model->config(), fresh, 0);
  EXPECT_TRUE(loaded.report.unexpected.empty() && loaded.report.initialized.empty());
  loaded.model->eval();
  EXPECT_TRUE(at::equal(loaded.model->forward(audio()), model->forward(audio())));
}

TEST(Wav2Vec2, EncoderAloneIsRead) {
  const auto model = make(tiny());
  const TemporaryFolder folder;
  save_pretrained(*model, folder.path());
  const CheckpointFile saved = open_weights(folder.path());
  std::vector<TensorView> views;
  for (TensorView view : saved.tensors()) {
    if (view.name.starts_with("lm_head.")) continue;
    view.name = view.name.substr(9);
    views.push_back(view);
  }
  views.push_back(views.front());
  views.back().name = "quantizer.codevectors";
  const LoadedWav2Vec2 loaded =
      load_wav2vec2_ctc(model->config(), CheckpointFile("bare", views, {}, saved.storage()), 3);
  EXPECT_THAT(loaded.report.initialized, ElementsAre("lm_head.weight", "lm_head.bias"));
  EXPECT_THAT(loaded.report.ignored, ElementsAre("quantizer.codevectors"));
  EXPECT_TRUE(at::equal(loaded.model->tensor("wav2vec2.encoder.layers.2.layer_norm.weight"),
                        model->tensor("wav2vec2.encoder.layers.2.layer_norm.weight")));
}

TEST(Wav2Vec2, MissingEncoderTensorsAreRefused) {
  const TemporaryFolder folder;
  save_pretrained(*make(tiny()), folder.path());
  const CheckpointFile saved = open_weights(folder.path());
  std::vector<TensorView> views = saved.tensors();
  std::erase_if(views, [](const TensorView& view) { return view.name.ends_with("weight_g"); });
  const CheckpointFile less("less", views, {}, saved.storage());
  EXPECT_THAT(error_of(ErrorKind::data, [&] { load_wav2vec2_ctc(tiny(), less, 0); }),
              HasSubstr("wav2vec2.encoder.pos_conv_embed.conv.weight_g"));
}

TEST(Wav2Vec2, AnotherVocabularyBeginsTheHeadAnew) {
  const auto model = make(tiny());
  const TemporaryFolder folder;
  save_pretrained(*model, folder.path());
  const LoadedCtcModel other = make_ctc_model(folder.path(), {.vocab_size = 9, .blank = 8});
  EXPECT_THAT(other.report.initialized, ElementsAre("lm_head.weight", "lm_head.bias"));
  EXPECT_EQ(other.model->info().vocab_size, 9);
  EXPECT_EQ(other.model->info().blank, 8);
  EXPECT_EQ(other.model->config_json().at("pad_token_id"), 8);
  const LoadedCtcModel fresh = make_ctc_model(folder.path(), {.fresh = true});
  EXPECT_FALSE(at::equal(fresh.model->tensor("lm_head.weight"), model->tensor("lm_head.weight")));
  EXPECT_THAT(error_of(ErrorKind::user,
                       [&] { make_ctc_model(folder.path(), {.vocab_size = 3, .blank = 3}); }),
              HasSubstr("a head of 3 outputs with the blank 3"));
}

TEST(Wav2Vec2, RowsOfTheHeadFollowTheirSymbols) {
  const auto model = make(tiny());
  model->eval();
  const TemporaryFolder folder;
  save_pretrained(*model, folder.path());
  const std::vector<std::string> known = {"<pad>", "|", "a", "b", "c", "d", "e"};
  const auto open = [&](const std::vector<std::string>& symbols, std::int64_t blank) {
    return make_ctc_model(folder.path(),
                          {.blank = blank, .symbols = symbols, .known_symbols = known});
  };
  const at::Tensor logits = model->forward(audio());
  const LoadedCtcModel some = open({"c", "x", "|", "[PAD]", "y"}, 3);
  some.model->eval();
  const at::Tensor kept = some.model->forward(audio());
  const std::map<std::int64_t, std::int64_t> same = {{0, 4}, {2, 1}, {3, 0}};
  for (const auto& [here, there] : same) {
    EXPECT_LT(distance(kept.select(1, here), logits.select(1, there)), 1e-6) << here;
  }
  EXPECT_EQ(kept.size(1), 5);
  EXPECT_EQ(some.model->info().blank, 3);
  EXPECT_THAT(some.report.initialized, ElementsAre("lm_head.weight", "lm_head.bias"));
  EXPECT_THAT(some.report.text(), HasSubstr("rows of the head: 3 of 5 are those"));
  EXPECT_TRUE(some.report.ignored.empty());
  // New rows are those of a head that is new as a whole: the same whatever is kept.
  const LoadedCtcModel fresh = make_ctc_model(folder.path(), {.vocab_size = 5, .blank = 3});
  const at::Tensor drawn = fresh.model->tensor("lm_head.weight");
  EXPECT_TRUE(at::equal(some.model->tensor("lm_head.weight")[1], drawn[1]));
  EXPECT_FALSE(at::equal(some.model->tensor("lm_head.weight")[0], drawn[0]));
  // Of a permutation everything is kept.
  const LoadedCtcModel moved = open({"b", "a", "<pad>"}, 2);
  EXPECT_TRUE(moved.report.initialized.empty());
  EXPECT_THAT(moved.report.loaded, Contains("lm_head.bias"));
  EXPECT_TRUE(
      at::equal(moved.model->tensor("lm_head.weight")[0], model->tensor("lm_head.weight")[3]));
  const LoadedCtcModel equal = open(known, 0);
  EXPECT_FALSE(equal.report.kept_rows.has_value());
  EXPECT_TRUE(at::equal(equal.model->tensor("lm_head.bias"), model->tensor("lm_head.bias")));
  EXPECT_EQ(open({"x", "y"}, 0).report.kept_rows->kept, 1);  // the blank
}

TEST(Wav2Vec2, RowsOfAPretrainedCheckpointAreNew) {
  const auto model = make(tiny());
  const TemporaryFolder folder;
  save_pretrained(*model, folder.path());
  const CheckpointFile saved = open_weights(folder.path());
  std::vector<TensorView> views = saved.tensors();
  std::erase_if(views, [](const TensorView& view) { return view.name.starts_with("lm_head."); });
  Wav2Vec2Config config = tiny();
  const CtcHeadRows rows =
      config.apply({.blank = 0, .symbols = {"<pad>", "a"}, .known_symbols = {"<pad>", "|", "a"}});
  const LoadedWav2Vec2 loaded =
      load_wav2vec2_ctc(config, CheckpointFile("bare", views, {}, saved.storage()), 3, rows);
  EXPECT_THAT(loaded.report.initialized, ElementsAre("lm_head.weight", "lm_head.bias"));
  EXPECT_FALSE(loaded.report.kept_rows.has_value());
}

TEST(Wav2Vec2, AConfigurationAloneMakesAModelOfRandomWeights) {
  const Json config = tiny(true).to_json();
  const CtcHeadOptions head{.vocab_size = 9, .blank = 8, .seed = 3};
  const LoadedCtcModel made = make_ctc_model_from_config(config, "small/config.json", head);
  EXPECT_EQ(made.report.source, "small/config.json");
  EXPECT_EQ(made.report.initialized.size(), made.model->named_parameters().size());
  EXPECT_EQ(made.model->info().vocab_size, 9);
  EXPECT_EQ(made.model->info().blank, 8);
  made.model->eval();
  const at::Tensor logits = made.model->forward(audio());
  EXPECT_EQ(logits.size(1), 9);
  EXPECT_GT(logits.std().item<double>(), 1e-3);
  const LoadedCtcModel calm =
      make_ctc_model_from_config(config, "", {.settings = {{"layerdrop", 0.0}}});
  EXPECT_EQ(calm.model->config_json().at("layerdrop"), 0.0);
  const LoadedCtcModel again = make_ctc_model_from_config(config, "", head);
  again.model->eval();
  EXPECT_TRUE(at::equal(again.model->forward(audio()), logits));
  const LoadedCtcModel other = make_ctc_model_from_config(config, "", {.vocab_size = 9, .seed = 4});
  other.model->eval();
  EXPECT_FALSE(at::equal(other.model->forward(audio()), logits));
}

TEST(Wav2Vec2, AConfigurationAloneMayBeHostile) {
  Json config = tiny().to_json();
  config["hidden_size"] = 65536;
  config["num_hidden_layers"] = 1000;
  EXPECT_THAT(error_of(ErrorKind::data, [&] { make_ctc_model_from_config(config, "big.json"); }),
              HasSubstr("big.json: the encoder that it describes has"));
  EXPECT_THAT(error_of(ErrorKind::user,
                       [] {
                         make_ctc_model_from_config({{"model_type", "bert"}}, "bert.json");
                       }),
              HasSubstr("\"bert\" is not one that can transcribe speech"));
  EXPECT_THAT(
      error_of(ErrorKind::user,
               [] { make_ctc_model_from_config(tiny(true).to_json(), "", {.language = "tur"}); }),
      HasSubstr("without weights has no adapters"));
}

TEST(Wav2Vec2, OtherTasksAreRefusedByName) {
  const TemporaryFolder folder;
  save_pretrained(*make(tiny()), folder.path());
  EXPECT_THAT(error_of(ErrorKind::user, [&] { make_sequence_classifier(folder.path()); }),
              HasSubstr("model_type \"wav2vec2\" is not one that can classify text"));
}

TEST(Wav2Vec2, HubertHasItsOwnPrefix) {
  Wav2Vec2Config config = tiny();
  config.model_type = "hubert";
  config.feat_proj_layer_norm = false;
  std::set<std::string> names;
  for (const auto& item : make(config)->named_parameters()) names.insert(item.name);
  EXPECT_THAT(names, AllOf(Contains("hubert.feature_projection.projection.weight"),
                           Not(Contains("hubert.feature_projection.layer_norm.weight"))));
  EXPECT_EQ(config.to_json().at("architectures")[0], "HubertForCTC");
}

TEST(Wav2Vec2Config, RefusesWhatItDoesNotHave) {
  const auto refused = [](const char* field, const Json& value) {
    Json json = tiny(true).to_json();
    json[field] = value;
    return error_of(ErrorKind::data, [&] { Wav2Vec2Config::from_json(json, "config.json"); });
  };
  EXPECT_THAT(refused("model_type", "wavlm"), HasSubstr("\"model_type\" is \"wavlm\""));
  EXPECT_THAT(refused("add_adapter", true), HasSubstr("\"add_adapter\" is true"));
  EXPECT_THAT(refused("conv_pos_batch_norm", true), HasSubstr("conv_pos_batch_norm"));
  EXPECT_THAT(refused("feat_extract_norm", "batch"), HasSubstr("expected group or layer"));
  EXPECT_THAT(refused("feat_extract_activation", "selu"),
              HasSubstr("\"feat_extract_activation\" is \"selu\""));
  EXPECT_THAT(refused("hidden_act", "glu"), HasSubstr("\"hidden_act\" is \"glu\""));
  EXPECT_THAT(refused("ctc_loss_reduction", "none"), HasSubstr("expected sum or mean"));
  EXPECT_THAT(refused("conv_stride", {5}), HasSubstr("have 2, 1 and 2 entries"));
  EXPECT_THAT(refused("do_stable_layer_norm", false), HasSubstr("\"adapter_attn_dim\" is 4"));
  EXPECT_THAT(refused("num_attention_heads", 3), HasSubstr("not a multiple"));
  EXPECT_THAT(refused("num_conv_pos_embedding_groups", 3), HasSubstr("not a multiple"));
  EXPECT_THAT(refused("pad_token_id", nullptr), HasSubstr("\"pad_token_id\" is null"));
  EXPECT_THAT(refused("pad_token_id", 7), HasSubstr("CTC's blank, is 7, expected 0 to 6"));
  EXPECT_THAT(refused("feat_proj_layer_norm", false), HasSubstr("feat_proj_layer_norm"));
  EXPECT_THAT(refused("mask_time_prob", 1.5), HasSubstr("\"mask_time_prob\" is 1.5"));
  EXPECT_THAT(refused("layerdrop", -0.1), HasSubstr("\"layerdrop\" is -0.1"));
}

TEST(Wav2Vec2Config, RefusesMasksWithoutEffect) {
  const auto refused = [](Json asked, const Json& file = Json::object()) {
    Json json = tiny(true).to_json();
    json.update(Json{{"mask_time_prob", 0}, {"mask_feature_prob", 0}});
    json.update(file);
    return error_of(ErrorKind::user, [&] { check_ctc_settings(json, "config.json", asked); });
  };
  for (const char* axis : {"time", "feature"}) {
    for (const char* part : {"length", "min_masks"}) {
      const std::string name = fmt::format("mask_{}_{}", axis, part);
      EXPECT_THAT(refused({{name, 2}}),
                  AllOf(HasSubstr(name + " has no effect"),
                        HasSubstr(fmt::format("mask_{}_prob is 0: set that too", axis))));
    }
  }
  EXPECT_THAT(refused({{"mask_feature_prob", 0.1}, {"mask_feature_length", 100}}),
              HasSubstr("is 100 channels, and there are"));
  EXPECT_THAT(refused({{"mask_time_prob", 0.1}}, {{"apply_spec_augment", false}}),
              HasSubstr("\"apply_spec_augment\" is false"));
  // With a probability of the checkpoint's own they have one, and off is off.
  Json json = tiny(true).to_json();
  json["mask_time_prob"] = 0.1;
  check_ctc_settings(json, "config.json", {{"mask_time_length", 2}, {"layerdrop", 0.1}});
  check_ctc_settings(json, "config.json", {{"mask_time_prob", 0}, {"mask_feature_prob", 0}});
}

TEST(Wav2Vec2, HostileSizesAreRefusedBeforeMemoryIsTaken) {
  const TemporaryFolder folder;
  save_pretrained(*make(tiny()), folder.path());
  Json json = read_json(folder.path() / "config.json");
  json["intermediate_size"] = 1'000'000;
  json["hidden_size"] = 65'536;
  json["num_hidden_layers"] = 1'000;
  write_file_atomically(folder.path() / "config.json", dump_json(json));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { make_ctc_model(folder.path()); }),
              HasSubstr("they do not belong together"));
}

// fairseq's file as its tensors and settings.
CheckpointFile fairseq(const CheckpointFile::Metadata& settings) {
  const auto values = std::make_shared<std::vector<std::byte>>(4 * 60);
  std::vector<TensorView> views = {
      {"feature_extractor.conv_layers.0.0.weight", DType::f32, {6, 1, 10}, *values}};
  return {"wav2vec.pt", std::move(views), settings, values};
}

TEST(FairseqWav2Vec2, SettingsBecomeAConfig) {
  CheckpointFile::Metadata settings = {
      {"cfg.model.encoder_layers", "24"},
      {"cfg.model.encoder_embed_dim", "1024"},
      {"cfg.model.extractor_mode", "layer_norm"},
      {"cfg.model.layer_norm_first", "true"},
      {"cfg.model.conv_feature_layers", "[(512, 10, 5)] + [(512, 3, 2)] * 4 + [(512,2,2)] * 2"}};
  const Json config = *fairseq_wav2vec2_config(fairseq(settings));
  EXPECT_EQ(config.at("model_type"), "wav2vec2");
  EXPECT_EQ(config.at("num_hidden_layers"), 24);
  EXPECT_EQ(config.at("feat_extract_norm"), "layer");
  EXPECT_EQ(config.at("do_stable_layer_norm"), true);
  EXPECT_EQ(config.at("conv_kernel"), Json({10, 3, 3, 3, 3, 2, 2}));
  EXPECT_EQ(config.at("conv_stride"), Json({5, 2, 2, 2, 2, 2, 2}));
  settings["cfg.model._name"] = "hubert";
  EXPECT_EQ(fairseq_wav2vec2_config(fairseq(settings))->at("model_type"), "hubert");

  const auto refused = [&](const char* name, const char* value) {
    auto changed = settings;
    changed[std::string("cfg.model.") + name] = value;
    return error_of(ErrorKind::data, [&] { fairseq_wav2vec2_config(fairseq(changed)); });
  };
  EXPECT_THAT(refused("conv_feature_layers", "eval(1)"), HasSubstr("expected lists of (channels"));
  EXPECT_THAT(refused("conv_feature_layers", "[(5, 1)]"), HasSubstr("\"[(5,1)]\""));
  EXPECT_THAT(refused("conv_feature_layers", "[(5, 1, 1)] * 99999999999"),
              HasSubstr("conv_feature_layers"));
  EXPECT_THAT(refused("quantize_input", "true"), HasSubstr("quantize_input is true"));
  EXPECT_THAT(refused("layer_type", "conformer"), HasSubstr("layer_type is \"conformer\""));
  EXPECT_THAT(refused("encoder_layers", "many"), HasSubstr("expected a whole number"));
  EXPECT_THAT(error_of(ErrorKind::data, [] { fairseq_wav2vec2_config(fairseq({})); }),
              AllOf(HasSubstr("without the settings of its network"), HasSubstr("config.json")));
}

TEST(FairseqWav2Vec2, OtherFilesAreNot) {
  const TemporaryFolder folder;
  save_pretrained(*make(tiny()), folder.path());
  EXPECT_FALSE(fairseq_wav2vec2_config(open_weights(folder.path())).has_value());
  EXPECT_THAT(
      error_of(ErrorKind::user, [&] { make_ctc_model(folder.path() / "model.safetensors"); }),
      HasSubstr("no config.json says what model it is"));
}

TEST(LanguageAdapter, TakesThePlaceOfTheWeightsOwn) {
  const TemporaryFolder folder;
  const auto base = make(tiny(true), 1);
  save_pretrained(*base, folder.path());
  Wav2Vec2Config other = tiny(true);
  other.vocab_size = 12;
  const auto turkish = make(other, 2);
  save_language_adapter(*turkish, folder.path(), "tur");
  save_language_adapter(*base, folder.path(), "eng");

  const LoadedCtcModel loaded = make_ctc_model(folder.path(), {.language = "tur"});
  EXPECT_TRUE(loaded.report.initialized.empty());
  EXPECT_EQ(loaded.model->info().vocab_size, 12);
  EXPECT_EQ(loaded.model->config_json().at("vocab_size"), 12);
  for (const auto& item : loaded.model->named_parameters()) {
    const bool adapted =
        item.name.starts_with("lm_head.") || item.name.find("adapter_layer") != std::string::npos;
    EXPECT_TRUE(at::equal(item.tensor, (adapted ? turkish : base)->tensor(item.name))) << item.name;
  }
  // What was opened as a language is saved as a whole.
  const TemporaryFolder saved;
  save_pretrained(*loaded.model, saved.path());
  EXPECT_TRUE(make_ctc_model(saved.path()).report.initialized.empty());
}

TEST(LanguageAdapter, RefusesWhatDoesNotFit) {
  const TemporaryFolder folder;
  save_pretrained(*make(tiny(true)), folder.path());
  const auto opened = [&](ErrorKind kind, const std::string& language) {
    return error_of(kind, [&] { make_ctc_model(folder.path(), {.language = language}); });
  };
  EXPECT_THAT(opened(ErrorKind::user, "tur"), HasSubstr("languages with an adapter there: none"));
  save_language_adapter(*make(tiny(true)), folder.path(), "tur");
  EXPECT_THAT(
      opened(ErrorKind::user, "tut"),
      AllOf(HasSubstr("neither adapter.tut.safetensors nor adapter.tut.bin"), HasSubstr("tur")));
  EXPECT_THAT(opened(ErrorKind::user, "../tur"), HasSubstr("names no adapter"));
  Wav2Vec2Config shallow = tiny(true), deep = tiny(true);
  shallow.num_hidden_layers = 2;
  save_language_adapter(*make(shallow), folder.path(), "short");
  EXPECT_THAT(opened(ErrorKind::data, "short"), HasSubstr("lacks 6 tensors of the adapters"));
  deep.num_hidden_layers = 4;
  save_language_adapter(*make(deep), folder.path(), "long");
  EXPECT_THAT(opened(ErrorKind::data, "long"), HasSubstr("layers.3.adapter_layer"));

  const TemporaryFolder without;
  save_pretrained(*make(tiny()), without.path());
  EXPECT_THAT(
      error_of(ErrorKind::user, [&] { make_ctc_model(without.path(), {.language = "tur"}); }),
      HasSubstr("the model has no language adapters"));
}

}  // namespace
}  // namespace attune
