#include "attune/models/bert/bert.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/files.h"
#include "attune/base/json.h"
#include "attune/base/log.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/config/field.h"
#include "attune/models/bert/bert_load.h"
#include "attune/models/registry.h"
#include "attune/nn/noise.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

BertConfig tiny(Pooling pooling = Pooling::cls) {
  BertConfig config;
  config.vocab_size = 40;
  config.hidden_size = 32;
  config.num_hidden_layers = 3;
  config.num_attention_heads = 4;
  config.intermediate_size = 48;
  config.max_position_embeddings = 20;
  config.initializer_range = 0.2;
  config.pooling = pooling;
  return config;
}

std::shared_ptr<BertForSequenceClassification> make(const BertConfig& config,
                                                    std::uint64_t seed = 5) {
  auto model = std::make_shared<BertForSequenceClassification>(config);
  initialize_bert(*model, seed, [](std::string_view) { return true; });
  return model;
}

PackedTokens tokens(const std::vector<std::int64_t>& lengths) {
  const std::int64_t n = static_cast<std::int64_t>(lengths.size()), width = 16;
  const at::Tensor ids = (at::arange(n * width).view({n, width}) * 7) % 39 + 1;
  const at::Tensor mask = at::arange(width).unsqueeze(0).lt(at::tensor(lengths).unsqueeze(1));
  return pack_padded(ids, mask,
                     at::arange(width).unsqueeze(0).ge(3).to(at::kLong).expand({n, width}));
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(BertModules, NamesAreUpstreams) {
  std::vector<std::string> names;
  BertConfig config = tiny();
  config.num_hidden_layers = 1;
  for (const auto& item : make(config)->named_parameters()) names.push_back(item.name);
  EXPECT_THAT(
      names,
      ElementsAre(
          "bert.embeddings.word_embeddings.weight", "bert.embeddings.position_embeddings.weight",
          "bert.embeddings.token_type_embeddings.weight", "bert.embeddings.LayerNorm.weight",
          "bert.embeddings.LayerNorm.bias", "bert.encoder.layer.0.attention.self.query.weight",
          "bert.encoder.layer.0.attention.self.query.bias",
          "bert.encoder.layer.0.attention.self.key.weight",
          "bert.encoder.layer.0.attention.self.key.bias",
          "bert.encoder.layer.0.attention.self.value.weight",
          "bert.encoder.layer.0.attention.self.value.bias",
          "bert.encoder.layer.0.attention.output.dense.weight",
          "bert.encoder.layer.0.attention.output.dense.bias",
          "bert.encoder.layer.0.attention.output.LayerNorm.weight",
          "bert.encoder.layer.0.attention.output.LayerNorm.bias",
          "bert.encoder.layer.0.intermediate.dense.weight",
          "bert.encoder.layer.0.intermediate.dense.bias",
          "bert.encoder.layer.0.output.dense.weight", "bert.encoder.layer.0.output.dense.bias",
          "bert.encoder.layer.0.output.LayerNorm.weight",
          "bert.encoder.layer.0.output.LayerNorm.bias", "bert.pooler.dense.weight",
          "bert.pooler.dense.bias", "classifier.weight", "classifier.bias"));
}

class EachPooling : public ::testing::TestWithParam<Pooling> {};
INSTANTIATE_TEST_SUITE_P(Bert, EachPooling,
                         ::testing::Values(Pooling::cls, Pooling::mean, Pooling::concat),
                         [](const auto& test) { return config::enum_name(test.param); });

TEST_P(EachPooling, EveryParameterIsInOneGroup) {
  const auto model = make(tiny(GetParam()));
  for (const auto& item : model->named_parameters()) {
    int found = 0;
    for (const DepthGroup& group : model->depth_groups()) {
      for (const std::string& prefix : group.prefixes) found += item.name.starts_with(prefix);
    }
    EXPECT_EQ(found, 1) << item.name;
  }
}

TEST_P(EachPooling, TwoPartsEqualTheWhole) {
  const auto model = make(tiny(GetParam()));
  const PackedTokens batch = tokens({5, 1, 16, 3});
  const auto last = static_cast<std::int64_t>(model->depth_groups().size());
  for (const bool training : {false, true}) {
    model->train(training);
    const NoiseScope noise(1, 0, 7, 0);
    const at::Tensor whole = model->forward(batch);
    for (std::int64_t cut = 1; cut < last; ++cut) {
      const at::Tensor state = model->run(batch, {}, 0, cut).only().detach();
      EXPECT_EQ(state.size(0), model->pooled_after(cut - 1) ? 4 : 25) << cut;
      EXPECT_EQ(distance(model->run(batch, state, cut, last).only(), whole), 0.0) << cut;
    }
  }
}

TEST_P(EachPooling, NothingBelowTheCutIsDifferentiated) {
  const auto model = make(tiny(GetParam()));
  model->eval();
  const PackedTokens batch = tokens({5, 4});
  at::Tensor state;
  {
    const at::NoGradGuard no_grad;
    state = model->run(batch, {}, 0, 3).only();
  }
  model->run(batch, state, 3, static_cast<std::int64_t>(model->depth_groups().size()))
      .only()
      .sum()
      .backward();
  for (const auto& item : model->named_parameters()) {
    const bool above = item.name.starts_with("bert.encoder.layer.2.") ||
                       item.name.starts_with("bert.pooler.") ||
                       item.name.starts_with("classifier.");
    EXPECT_EQ(item.tensor.grad().defined(), above) << item.name;
  }
}

TEST_P(EachPooling, SequencesDoNotSeeEachOther) {
  const auto model = make(tiny(GetParam()));
  model->eval();
  const at::Tensor together = model->forward(tokens({6, 16, 2}));
  const PackedTokens alone = tokens({6});
  EXPECT_LT(distance(model->forward(alone), together.slice(0, 0, 1)), 1e-5);
}

TEST_P(EachPooling, SavedModelOpensAgain) {
  const TemporaryFolder folder;
  const auto model = make(tiny(GetParam()));
  model->eval();
  save_pretrained(*model, folder.path());
  const LoadedClassifier again = make_sequence_classifier(folder.path());
  again.model->eval();
  EXPECT_TRUE(again.report.missing.empty() && again.report.initialized.empty());
  const PackedTokens batch = tokens({5, 4});
  EXPECT_EQ(distance(again.model->forward(batch), model->forward(batch)), 0.0);
  EXPECT_EQ(again.model->info().pooling, GetParam());
}

/// A folder of a fine-tuned model and what is told while it is opened.
struct Saved {
  Saved() {
    save_pretrained(*make(tiny(Pooling::mean)), folder.path());
    before = set_log_sink([this](LogLevel, std::string_view text) { told.emplace_back(text); });
  }
  ~Saved() { set_log_sink(before); }
  Saved(const Saved&) = delete;
  Saved& operator=(const Saved&) = delete;
  LoadedClassifier open(const HeadOptions& head) {
    told.clear();
    return make_sequence_classifier(folder.path(), head);
  }
  void rewrite(const std::string& key, const Json& value) {
    Json config = read_json(folder.path() / "config.json");
    config[key] = value;
    if (value.is_null()) config.erase(key);
    write_file_atomically(folder.path() / "config.json", dump_json(config));
  }

  const TemporaryFolder folder;
  std::vector<std::string> told;
  LogSink before;
};

TEST(BertHead, IsBegunAnewWhereThePoolingChanges) {
  Saved saved;
  const std::vector<std::string> labels = {"LABEL_0", "LABEL_1"};
  const HeadOptions same{.num_labels = 2, .labels = labels, .pooling = Pooling::mean};
  EXPECT_THAT(saved.open(same).report.initialized, ::testing::IsEmpty());
  const HeadOptions other{.num_labels = 2, .labels = labels, .pooling = Pooling::cls};
  EXPECT_THAT(saved.open(other).report.initialized, ::testing::Contains("classifier.weight"));
  EXPECT_THAT(saved.told, ::testing::Contains(HasSubstr("trained on --pooling mean")));
}

TEST(BertHead, OfASavedModelKeepsItsPooling) {
  Saved saved;
  EXPECT_THAT(error_of(ErrorKind::user, [&] { saved.open({.pooling = Pooling::cls}); }),
              HasSubstr("--pooling: got cls, but the model's head was trained on mean"));
  EXPECT_EQ(saved.open({.pooling = Pooling::mean}).model->info().pooling, Pooling::mean);
  // A config.json that does not say leaves the word to the user.
  saved.rewrite("attune_pooling", nullptr);
  EXPECT_EQ(saved.open({.pooling = Pooling::mean}).model->info().pooling, Pooling::mean);
}

TEST(BertHead, HasAsManyLabelsAsOutputsWhereTheConfigSaysNone) {
  Saved saved;
  const auto model = make_sequence_classifier(saved.folder.path(), {.num_labels = 3}).model;
  save_pretrained(*model, saved.folder.path());
  saved.rewrite("id2label", nullptr);
  saved.rewrite("label2id", nullptr);
  LoadedClassifier loaded = saved.open({});
  EXPECT_THAT(loaded.report.initialized, ::testing::IsEmpty());
  EXPECT_EQ(loaded.model->info().labels,
            (std::vector<std::string>{"LABEL_0", "LABEL_1", "LABEL_2"}));
  // Named in their order they keep their rows, and that is told.
  loaded = saved.open({.labels = {"pos", "neg", "neu"}, .labels_in_order = true});
  EXPECT_THAT(loaded.report.initialized, ::testing::IsEmpty());
  EXPECT_THAT(saved.told, ::testing::Contains(HasSubstr("taken for the labels pos, neg, neu")));
}

TEST(BertHead, ThatDoesNotFitTheConfigIsToldWithBothShapes) {
  Saved saved;
  saved.rewrite("id2label", {{"0", "a"}, {"1", "b"}, {"2", "c"}, {"3", "d"}, {"4", "e"}});
  const std::string both =
      "config.json has 5 labels (a, b, c, d, e), but classifier.weight in its "
      "weights has the shape [2, ";
  EXPECT_THAT(error_of(ErrorKind::user, [&] { saved.open({}); }), HasSubstr(both));
  const LoadedClassifier loaded = saved.open({.labels = {"x", "y", "z"}});
  EXPECT_THAT(saved.told, ::testing::Contains(HasSubstr("the head is begun anew: " + both)));
  // Once, as what it is.
  EXPECT_THAT(loaded.report.initialized, ::testing::Contains("classifier.weight"));
  EXPECT_THAT(loaded.report.missing, ::testing::IsEmpty());
  EXPECT_THAT(loaded.report.ignored, ::testing::IsEmpty());
}

TEST(Bert, FewerLayersThanTheCheckpointHoldsAreTold) {
  Saved saved;
  saved.rewrite("num_hidden_layers", 2);
  const LoadedClassifier loaded = saved.open({});
  EXPECT_THAT(loaded.report.unexpected, ::testing::SizeIs(16));
  EXPECT_THAT(saved.told,
              ::testing::Contains(AllOf(HasSubstr("16 tensors are no part of the model"),
                                        HasSubstr("config.json"), HasSubstr("encoder.layer.2."))));
}

TEST(Bert, FirstTokenShortcutEqualsTheFullComputation) {
  const auto model = make(tiny());
  model->eval();
  const PackedTokens batch = tokens({5, 1, 16, 3});
  const at::Tensor state = model->run(batch, {}, 0, 3).only();
  nn::EncoderLayer layer(bert_layer(tiny()));
  layer.eval();
  auto own = layer.named_parameters();
  for (auto& item : own) {
    const at::NoGradGuard no_grad;
    item.tensor.copy_(model->tensor("bert.encoder.layer.2." + item.name));
  }
  const at::Tensor full = first_rows(layer.forward(state, batch.segments), batch.segments);
  EXPECT_LT(distance(layer.forward_first(state, batch.segments), full), 2e-6);
  EXPECT_LT(distance(model->run(batch, state, 3, 4).only(), full), 2e-6);
}

TEST(Bert, PaddedEntryPacks) {
  const auto model = make(tiny());
  model->eval();
  const at::Tensor ids = at::tensor({5, 6, 7, 0, 8, 9, 0, 0}, at::kLong).view({2, 4});
  const at::Tensor mask = at::tensor({1, 1, 1, 0, 1, 1, 0, 0}, at::kLong).view({2, 4});
  PackedTokens packed;
  packed.input_ids = at::tensor({5, 6, 7, 8, 9}, at::kLong);
  packed.token_type_ids = at::zeros({5}, at::kLong);
  packed.position_ids = at::tensor({0, 1, 2, 0, 1}, at::kLong);
  packed.segments.offsets = {0, 3, 5};
  EXPECT_EQ(distance(model->forward(ids, mask), model->forward(packed)), 0.0);
}

TEST(Bert, DropoutDependsOnStepAlone) {
  const auto model = make(tiny());
  const PackedTokens batch = tokens({5, 1, 16, 3});
  const auto run = [&](std::int64_t step, int threads) {
    at::set_num_threads(threads);
    const NoiseScope noise(3, 0, step, 0);
    model->zero_grad();
    const at::Tensor logits = model->forward(batch);
    logits.sum().backward();
    return std::pair(logits.detach(),
                     model->tensor("bert.embeddings.word_embeddings.weight").grad().clone());
  };
  const int threads = at::get_num_threads();
  const auto [logits, gradient] = run(1, 1);
  for (const int n : {1, 2, 3}) {
    const auto [again, gradient_again] = run(1, n);
    EXPECT_LT(distance(again, logits), 1e-5) << n;
    EXPECT_LT(distance(gradient_again, gradient), 1e-5) << n;
  }
  EXPECT_GT(distance(run(2, 2).first, logits), 1e-2);
  at::set_num_threads(threads);
}

TEST(Bert, TrainingWithoutNoiseScopeIsRefused) {
  const auto model = make(tiny());
  EXPECT_THAT(error_of(ErrorKind::internal, [&] { model->forward(tokens({3})); }),
              HasSubstr("NoiseScope"));
}

TEST(Bert, IdsOutsideTheTablesAreRefused) {
  const auto model = make(tiny());
  model->eval();
  const auto run = [&](std::int64_t id, std::int64_t type, std::int64_t position) {
    PackedTokens batch = tokens({3});
    batch.input_ids[1] = id;
    batch.token_type_ids[1] = type;
    batch.position_ids[1] = position;
    return error_of(ErrorKind::user, [&] { model->forward(batch); });
  };
  EXPECT_THAT(run(40, 0, 0), HasSubstr("token id 40 is outside the model's table of 40 rows"));
  EXPECT_THAT(run(-1, 0, 0), HasSubstr("token id -1"));
  EXPECT_THAT(run(1, 2, 0), HasSubstr("token type id 2"));
  EXPECT_THAT(run(1, 0, 20), HasSubstr("position 20"));
}

// Loading ------------------------------------------------------------------------------------

struct Checkpoint {
  explicit Checkpoint(const nn::Module& model) : state(module_state(model)) {}
  CheckpointFile file() const { return {"weights", state.views, {}, nullptr}; }
  void rename(const std::function<std::string(std::string)>& change) {
    for (TensorView& view : state.views) view.name = change(view.name);
  }
  ModuleState state;
};

TEST(BertLoad, BaseEncoderGetsANewHead) {
  const auto source = make(tiny());
  Checkpoint checkpoint(*source);
  checkpoint.rename([](std::string name) {
    if (name.rfind("classifier.", 0) == 0) return "cls.predictions." + name;
    name.erase(0, 5);  // "bert."
    const auto at = name.find("LayerNorm.");
    if (at != std::string::npos) {
      const bool weight = name.ends_with("weight");
      name.replace(at, std::string::npos, weight ? "LayerNorm.gamma" : "LayerNorm.beta");
    }
    return name;
  });
  BertConfig config = tiny();
  config.labels = {"a", "b", "c"};
  const auto loaded = load_bert_classifier(config, checkpoint.file(), 42);
  EXPECT_THAT(loaded.report.initialized, ElementsAre("classifier.weight", "classifier.bias"));
  EXPECT_THAT(loaded.report.ignored,
              ElementsAre("cls.predictions.classifier.weight", "cls.predictions.classifier.bias"));
  EXPECT_THAT(loaded.report.unexpected, ElementsAre());
  for (const auto& item : source->named_parameters()) {
    if (item.name.starts_with("classifier.")) continue;
    EXPECT_TRUE(at::equal(loaded.model->tensor(item.name), item.tensor)) << item.name;
  }
  const at::Tensor weight = loaded.model->tensor("classifier.weight");
  EXPECT_NEAR(weight.std().item<double>(), config.initializer_range, 0.05);
  const auto again = load_bert_classifier(config, checkpoint.file(), 42);
  EXPECT_TRUE(at::equal(again.model->tensor("classifier.weight"), weight));
}

TEST(BertLoad, NamesOfWhatItWasSavedInAreLeftOut) {
  const auto source = make(tiny());
  for (const std::string prefix : {"model.", "_orig_mod.", "net.module."}) {
    Checkpoint checkpoint(*source);
    checkpoint.rename([&](const std::string& name) { return prefix + name; });
    const auto loaded = load_bert_classifier(tiny(), checkpoint.file(), 0);
    EXPECT_THAT(loaded.report.initialized, ElementsAre());  // the head is under the prefix too
    EXPECT_THAT(loaded.report.unexpected, ElementsAre());
    EXPECT_THAT(loaded.report.text(), HasSubstr("names are taken without \"" + prefix));
    EXPECT_TRUE(
        at::equal(loaded.model->tensor("classifier.weight"), source->tensor("classifier.weight")));
  }
  // An encoder alone, as sentence-transformers' modules hold it.
  Checkpoint checkpoint(*source);
  checkpoint.rename([&](const std::string& name) {
    return name.starts_with("bert.") ? "0.auto_model." + name.substr(5) : name;
  });
  const auto loaded = load_bert_classifier(tiny(), checkpoint.file(), 0);
  EXPECT_THAT(loaded.report.initialized, ElementsAre("classifier.weight", "classifier.bias"));
  EXPECT_THAT(loaded.report.text(),
              HasSubstr("tensors named otherwise are left out: classifier.weight"));
}

TEST(BertLoad, MissingEncoderTensorsAreNamed) {
  Checkpoint checkpoint(*make(tiny()));
  checkpoint.rename([](const std::string& name) {
    return name == "bert.encoder.layer.1.output.dense.bias" ? "something.else" : name;
  });
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { load_bert_classifier(tiny(), checkpoint.file(), 0); }),
      AllOf(HasSubstr("weights"), HasSubstr("bert.encoder.layer.1.output.dense.bias"),
            HasSubstr("something.else")));
}

TEST(BertLoad, OtherShapesAreNamed) {
  const Checkpoint checkpoint(*make(tiny()));
  BertConfig config = tiny();
  config.intermediate_size = 47;
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { load_bert_classifier(config, checkpoint.file(), 0); }),
      HasSubstr("intermediate.dense.weight is [48, 32], expected [47, 32]"));
  config = tiny();
  config.vocab_size = 9'000'000;  // would take gigabytes: refused before
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { load_bert_classifier(config, checkpoint.file(), 0); }),
      HasSubstr("do not belong together"));
}

TEST(BertLoad, AnotherNumberOfLabelsMeansANewHead) {
  const Checkpoint checkpoint(*make(tiny()));
  BertConfig config = tiny();
  config.labels = {"a", "b", "c"};
  const auto report = load_bert_classifier(config, checkpoint.file(), 0).report;
  ASSERT_EQ(report.mismatched.size(), 2U);
  EXPECT_EQ(report.mismatched[0].name, "classifier.weight");
  EXPECT_THAT(report.mismatched[0].expected, ElementsAre(3, 32));
  EXPECT_THAT(report.initialized, ElementsAre("classifier.weight", "classifier.bias"));
}

TEST(BertLoad, RealWeights) {
  fs::path folder;
  if (fs::exists(fs::path(ATTUNE_SOURCE_DIR) / ".deps/demo")) {
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(ATTUNE_SOURCE_DIR) / ".deps/demo")) {
      if (entry.path().filename() == "model.safetensors") folder = entry.path().parent_path();
    }
  }
  if (folder.empty()) GTEST_SKIP() << "no real model in .deps/demo: run ./dev setup";
  const auto loaded = make_sequence_classifier(folder, {.num_labels = 2});
  loaded.model->eval();
  EXPECT_THAT(loaded.report.unexpected, ElementsAre());
  EXPECT_EQ(loaded.model->info().vocab_size, 30522);
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(at::isfinite(loaded.model->forward(tokens({3, 9}))).all().item<bool>());
}

// config.json --------------------------------------------------------------------------------

TEST(BertModelFolder, EncoderOpensWithoutAHead) {
  const fs::path folder = fs::path(ATTUNE_SOURCE_DIR) / ".deps/demo/model";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not there (./dev setup)";
  const auto encoder = BertModel::from_pretrained(folder.string());
  encoder->eval();
  const at::Tensor ids = at::tensor({101, 7592, 2088, 102}, at::kLong).view({1, 4});
  const BertModelOutput output = encoder->forward(ids, at::ones_like(ids));
  EXPECT_EQ(output.last_hidden_state.sizes(), (std::vector<std::int64_t>{4, 384}));
  EXPECT_EQ(output.pooler_output.sizes(), (std::vector<std::int64_t>{1, 384}));
  EXPECT_TRUE(at::isfinite(output.last_hidden_state).all().item<bool>());
}

TEST(BertConfigFile, UnknownKeysAreKept) {
  const Json json = parse_json(
      R"({"model_type": "bert", "hidden_size": 64, "num_attention_heads": 4, "gradient": [1],
          "id2label": {"0": "no", "1": "yes", "2": "maybe"}, "problem_type": "regression"})",
      "test");
  BertConfig config = BertConfig::from_json(json, "test");
  EXPECT_THAT(config.labels, ElementsAre("no", "yes", "maybe"));
  config.apply({.num_labels = 2});
  const Json written = config.to_json();
  EXPECT_EQ(written.at("gradient"), json.at("gradient"));
  EXPECT_EQ(written.at("hidden_size"), 64);
  EXPECT_EQ(written.at("id2label"), Json({{"0", "LABEL_0"}, {"1", "LABEL_1"}}));
  EXPECT_EQ(written.at("problem_type"), "regression");
  EXPECT_EQ(BertConfig::from_json(written, "again").to_json(), written);
}

TEST(BertConfigFile, BadFieldsAreNamed) {
  const auto message = [](const std::string& text) {
    return error_of(ErrorKind::data,
                    [&] { BertConfig::from_json(parse_json(text, "x.json"), "x.json"); });
  };
  EXPECT_THAT(message(R"({"model_type": "t5"})"), AllOf(HasSubstr("x.json"), HasSubstr("t5")));
  EXPECT_THAT(message(R"({"hidden_size": 100})"), HasSubstr("num_attention_heads"));
  EXPECT_THAT(message(R"({"hidden_size": "768"})"), HasSubstr("\"hidden_size\" is \"768\""));
  EXPECT_THAT(message(R"({"hidden_size": 1e3})"), HasSubstr("hidden_size"));
  EXPECT_THAT(message(R"({"vocab_size": -3})"), HasSubstr("vocab_size"));
  EXPECT_THAT(message(R"({"vocab_size": 18446744073709551615})"), HasSubstr("vocab_size"));
  EXPECT_THAT(message(R"({"hidden_act": "gelo"})"), HasSubstr("did you mean \"gelu\""));
  EXPECT_THAT(message(R"({"position_embedding_type": "relative_key"})"), HasSubstr("absolute"));
  EXPECT_THAT(message(R"({"is_decoder": true})"), HasSubstr("is_decoder"));
  EXPECT_THAT(message(R"({"id2label": {"0": "a", "2": "b"}})"), HasSubstr("id2label"));
  EXPECT_THAT(message(R"({"hidden_dropout_prob": 1.0})"), HasSubstr("hidden_dropout_prob"));
  EXPECT_THAT(message(R"({"layer_norm_eps": 0})"), HasSubstr("layer_norm_eps"));
  EXPECT_THAT(message(R"({"pad_token_id": 30522})"), HasSubstr("pad_token_id"));
}

TEST(Registry, UnknownFamilyIsRefused) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "config.json", R"({"model_type": "berd"})");
  EXPECT_THAT(error_of(ErrorKind::user, [&] { make_sequence_classifier(folder.path()); }),
              AllOf(HasSubstr("berd"), HasSubstr("did you mean \"bert\"")));
}

}  // namespace
}  // namespace attune
