#include <algorithm>
#include <cstdlib>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/models/registry.h"
#include "attune/models/testing/parity.h"
#include "attune/models/wav2vec2/language_adapter.h"
#include "attune/models/wav2vec2/wav2vec2_load.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"

namespace attune {
namespace {

const fs::path kFolder = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/wav2vec2";

std::vector<std::int64_t> numbers(const at::Tensor& tensor) {
  const std::int64_t* first = tensor.const_data_ptr<std::int64_t>();
  return {first, first + tensor.numel()};
}

Segments segments_of(const std::vector<std::int64_t>& lengths) {
  Segments segments;
  for (const std::int64_t length : lengths) {
    segments.offsets.push_back(segments.rows() + length);
  }
  return segments;
}

// Goldens: tests/parity/wav2vec2/make_golden.py.
class Wav2Vec2Parity : public ::testing::TestWithParam<const char*> {
 protected:
  Wav2Vec2Parity()
      : settings_(read_json(kFolder / (std::string(GetParam()) + ".json"))),
        golden_(read_safetensors(kFolder / (std::string(GetParam()) + ".safetensors"))) {}

  at::Tensor golden(const std::string& name) const {
    const TensorView* view = golden_.find(name);
    if (view == nullptr) throw std::runtime_error("the golden lacks " + name);
    return to_tensor(*view);
  }

  std::shared_ptr<Wav2Vec2ForCTC> model() const {
    std::vector<TensorView> weights;
    for (TensorView view : golden_.tensors()) {
      if (!view.name.starts_with("model.")) continue;
      view.name = view.name.substr(6);
      weights.push_back(view);
    }
    const auto config = Wav2Vec2Config::from_json(settings_.at("config"), GetParam());
    auto loaded = load_wav2vec2_ctc(
        config, CheckpointFile("golden", weights, {}, golden_.storage()), /*seed=*/0);
    EXPECT_TRUE(loaded.report.missing.empty() && loaded.report.unexpected.empty() &&
                loaded.report.initialized.empty() && loaded.report.ignored.empty());
    loaded.model->eval();
    return loaded.model;
  }

  PackedAudio batch(bool masked) const {
    PackedAudio audio = {golden("batch.samples"), segments_of(numbers(golden("batch.clips")))};
    if (!masked) return audio;
    audio.time_mask = golden("batch.time_mask");
    audio.feature_mask = golden("batch.feature_mask");
    return audio;
  }

  at::Tensor loss(const Wav2Vec2ForCTC& model, const at::Tensor& logits) const {
    const CtcInfo info = model.info();
    const Segments frames = model.frames(batch(false).clips),
                   labels = segments_of(numbers(golden("batch.label_lengths")));
    const at::Tensor losses = ctc_loss(logits, frames.offsets, golden("batch.labels"),
                                       labels.offsets, info.blank, info.zero_infinity);
    return reduce_ctc_losses(losses, labels.offsets, info.reduction);
  }

  Json settings_;
  CheckpointFile golden_;
};

double deviation(const at::Tensor& got, const at::Tensor& want) {
  return (got - want).abs().max().item<double>() / want.abs().max().item<double>();
}

TEST_P(Wav2Vec2Parity, FeaturesLogitsAndLoss) {
  const at::NoGradGuard no_grad;
  const auto wav2vec2 = model();
  const at::Tensor features = wav2vec2->run(batch(false), {}, 0, 1).only();
  const at::Tensor logits = wav2vec2->forward(batch(false));
  EXPECT_LT(deviation(features, golden("features")), 1e-5);
  EXPECT_LT(deviation(logits, golden("logits")), 1e-5);
  EXPECT_LT(deviation(loss(*wav2vec2, logits), golden("loss")), 1e-5);
  std::printf("deviations: features %.2e, logits %.2e, loss %.2e\n",
              deviation(features, golden("features")), deviation(logits, golden("logits")),
              deviation(loss(*wav2vec2, logits), golden("loss")));
}

TEST_P(Wav2Vec2Parity, EveryGradientUnderMasks) {
  const auto wav2vec2 = model();
  const at::Tensor logits = wav2vec2->forward(batch(true));
  EXPECT_LT(deviation(logits, golden("masked_logits")), 1e-5);
  const at::Tensor value = loss(*wav2vec2, logits);
  EXPECT_LT(deviation(value, golden("masked_loss")), 1e-5);
  value.backward();
  expect_gradients(
      *wav2vec2, [&](const std::string& name) { return golden(name); }, 2e-5);
}

TEST_P(Wav2Vec2Parity, TenStepsOfAdamW) {
  const auto wav2vec2 = model();
  expect_adamw_losses(*wav2vec2, settings_.at("adamw"), golden("losses"),
                      [&] { return loss(*wav2vec2, wav2vec2->forward(batch(true))); });
}

TEST_P(Wav2Vec2Parity, TransformersOpensWhatIsSaved) {
  const char* python = std::getenv("ATTUNE_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "ATTUNE_PEERS_PYTHON does not name a Python with peers";
  if (settings_.at("config").at("attune_padded_statistics")) {
    GTEST_SKIP() << "its logits are those of a padded batch";
  }
  const TemporaryFolder temporary;
  const std::string folder = temporary.path().string();
  save_pretrained(*model(), folder);
  const int status = std::system(
      fmt::format("{} {}/check_saved.py {} {}", python, kFolder.string(), folder, golden_.source())
          .c_str());
  EXPECT_EQ(status, 0);
}

// transformers' load_adapter checks every name, resizes the head and gives these logits.
TEST_P(Wav2Vec2Parity, TransformersLoadsAnAdapterThatIsSaved) {
  const char* python = std::getenv("ATTUNE_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "ATTUNE_PEERS_PYTHON does not name a Python with peers";
  if (settings_.at("config").value("adapter_attn_dim", Json()).is_null()) {
    GTEST_SKIP() << "it has no adapters";
  }
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path();
  save_language_adapter(*model(), folder, "tur");
  // Around other adapters and a head of another size.
  Wav2Vec2Config config = model()->config();
  config.vocab_size += 3;
  LoadOptions options;
  options.may_differ = [](std::string_view name) { return name.starts_with("lm_head."); };
  Wav2Vec2ForCTC other(config);
  const ModuleState state = module_state(*model());
  load_state(other, CheckpointFile("model", state.views, {}, nullptr), options);
  const at::NoGradGuard no_grad;
  for (const auto& item : other.named_parameters()) {
    if (item.name.find("adapter_layer") != std::string::npos) item.tensor.zero_();
  }
  save_pretrained(other, folder);
  const int status = std::system(fmt::format("{} {}/check_saved.py {} {} tur", python,
                                             kFolder.string(), folder.string(), golden_.source())
                                     .c_str());
  EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(Goldens, Wav2Vec2Parity,
                         ::testing::Values("group_post", "layer_stable", "adapters", "hubert",
                                           "padded_statistics"),
                         [](const auto& test) { return std::string(test.param); });

// The same models as fairseq would have saved them.
class FairseqWav2Vec2 : public Wav2Vec2Parity {};

TEST_P(FairseqWav2Vec2, IsTheSameModel) {
  const at::NoGradGuard no_grad;
  const bool finetuned = std::string(GetParam()) == "layer_stable";
  const LoadedCtcModel loaded =
      make_ctc_model(kFolder / (finetuned ? "fairseq_finetuned.pt" : "fairseq_pretrained.pt"));
  const LoadReport& report = loaded.report;
  EXPECT_TRUE(report.unexpected.empty()) << report.text();
  EXPECT_EQ(report.initialized.size(), finetuned ? 0 : 2) << report.text();  // lm_head
  EXPECT_EQ(report.ignored.size(), finetuned ? 0 : 3) << report.text();
  loaded.model->eval();
  const auto own = model();
  // What was pre-trained has no head.
  const auto last = static_cast<std::int64_t>(own->depth_groups().size()) - !finetuned;
  EXPECT_TRUE(at::equal(loaded.model->run(batch(false), {}, 0, last).only(),
                        own->run(batch(false), {}, 0, last).only()));
  EXPECT_EQ(loaded.model->info().blank, 0);
}

INSTANTIATE_TEST_SUITE_P(Goldens, FairseqWav2Vec2, ::testing::Values("layer_stable", "group_post"),
                         [](const auto& test) { return std::string(test.param); });

// Published checkpoints by the names and shapes of their tensors, all of them zero.
class PublishedWav2Vec2 : public ::testing::TestWithParam<const char*> {};

TEST_P(PublishedWav2Vec2, LoadsWithoutAMissingOrUnknownTensor) {
  const Json published = read_json(kFolder / "checkpoints.json").at(GetParam());
  std::vector<TensorView> views;
  std::uint64_t most = 0;
  for (const auto& [name, shape] : published.at("tensors").items()) {
    views.push_back({name, DType::f32, shape.get<std::vector<std::int64_t>>(), {}});
    most = std::max(most, *tensor_bytes(DType::f32, views.back().shape));
  }
  const auto zeros = std::make_shared<std::vector<std::byte>>(most);
  for (TensorView& view : views) {
    view.bytes = std::span(*zeros).first(*tensor_bytes(DType::f32, view.shape));
  }
  const auto config = Wav2Vec2Config::from_json(published.at("config"), GetParam());
  const LoadedWav2Vec2 loaded =
      load_wav2vec2_ctc(config, CheckpointFile(GetParam(), views, {}, zeros), /*seed=*/0);
  const LoadReport& report = loaded.report;
  EXPECT_TRUE(report.unexpected.empty()) << report.text();
  const bool pretrained = std::string(GetParam()) == "facebook/wav2vec2-base";
  EXPECT_EQ(report.missing.size(), pretrained ? 2 : 0) << report.text();  // lm_head
  EXPECT_EQ(report.ignored.size(), pretrained ? 7 : 0) << report.text();
  EXPECT_EQ(report.loaded.size() + report.ignored.size(), views.size());
}

INSTANTIATE_TEST_SUITE_P(Names, PublishedWav2Vec2,
                         ::testing::Values("facebook/wav2vec2-base-960h", "facebook/wav2vec2-base",
                                           "facebook/wav2vec2-large-960h-lv60-self",
                                           "facebook/hubert-large-ls960-ft"),
                         [](const auto& test) {
                           std::string name = std::string(test.param).substr(9);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace attune
