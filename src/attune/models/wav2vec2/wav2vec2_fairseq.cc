#include "attune/models/wav2vec2/wav2vec2_fairseq.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

// facebookresearch/fairseq at 015b8f4: fairseq/models/wav2vec/wav2vec2.py and wav2vec2_asr.py

namespace attune {

namespace {

// A fine-tuned model is "w2v_encoder.w2v_model.", the model inside of one "w2v_model.".
constexpr std::string_view kOuter[] = {"w2v_encoder.", "w2v_model."};
// In every checkpoint of the family, and in none of transformers'.
constexpr std::string_view kFirst = "feature_extractor.conv_layers.0.0.weight";

using Pair = std::pair<std::string_view, std::string_view>;
constexpr std::array<Pair, 5> kBeginnings = {{
    {"proj.", "lm_head."},
    {"mask_emb", "masked_spec_embed"},
    {"post_extract_proj.", "feature_projection.projection."},
    {"layer_norm.", "feature_projection.layer_norm."},
    {"encoder.pos_conv.0.", "encoder.pos_conv_embed.conv."},
}};
constexpr std::array<Pair, 4> kLayerParts = {{
    {"self_attn.", "attention."},
    {"self_attn_layer_norm.", "layer_norm."},
    {"fc1.", "feed_forward.intermediate_dense."},
    {"fc2.", "feed_forward.output_dense."},
}};
// Places in a torch.nn.Sequential: convolution, dropout, norm, activation. A layer norm lies
// between two transpositions.
constexpr std::array<Pair, 3> kConvParts = {
    {{"0.", "conv."}, {"2.1.", "layer_norm."}, {"2.", "layer_norm."}}};

template <std::size_t N>
std::string with_beginning(std::string_view text, const std::array<Pair, N>& table) {
  for (const auto& [from, to] : table) {
    if (text.starts_with(from)) return std::string(to).append(text.substr(from.size()));
  }
  return std::string(text);
}

// "PREFIX3.REST" -> "PREFIX3." and REST by the table.
template <std::size_t N>
std::string with_part(std::string_view name, std::string_view prefix,
                      const std::array<Pair, N>& table) {
  const std::size_t dot = name.find('.', prefix.size());
  if (dot == std::string_view::npos) return std::string(name);
  return std::string(name.substr(0, dot + 1)).append(with_beginning(name.substr(dot + 1), table));
}

// The settings of the network: those beside `conv_feature_layers`, whatever lies around them.
class Settings {
 public:
  explicit Settings(const CheckpointFile& file) : file_(file) {
    constexpr std::string_view kMark = "conv_feature_layers";
    for (const auto& [key, value] : file.metadata()) {
      if (!key.ends_with(kMark)) continue;
      const std::string prefix = key.substr(0, key.size() - kMark.size());
      // A fine-tuned model has settings of its own around those of what it was made of, and these
      // are the whole ones.
      if (file.metadata().contains(prefix + "encoder_layers")) prefix_ = prefix;
    }
    check(!prefix_.empty(), ErrorKind::data,
          "{}: it is a checkpoint of fairseq's without the settings of its network (\"args\" or "
          "\"cfg\"): put transformers' config.json of that model and the file, as "
          "pytorch_model.bin, into a folder, and give the folder",
          file.source());
  }

  std::string text(const char* name, const char* otherwise) const {
    const auto found = file_.metadata().find(prefix_ + name);
    return found == file_.metadata().end() ? otherwise : found->second;
  }
  bool truth(const char* name) const {
    const std::string value = text(name, "false");
    check(value == "true" || value == "false", ErrorKind::data, "{}: its setting {} is {}",
          file_.source(), name, value);
    return value == "true";
  }
  std::int64_t number(const char* name, const char* otherwise) const {
    const std::string value = text(name, otherwise);
    std::int64_t result = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
    check(error == std::errc() && end == value.data() + value.size(), ErrorKind::data,
          "{}: its setting {} is \"{}\", expected a whole number", file_.source(), name, value);
    return result;
  }
  const std::string& source() const { return file_.source(); }

 private:
  const CheckpointFile& file_;
  std::string prefix_;
};

// "[(512, 10, 5)] + [(512, 3, 2)] * 4": Python that fairseq evaluates, of which these are the forms
// that occur.
class ConvLayers {
 public:
  ConvLayers(std::string text, const std::string& source) : text_(std::move(text)) {
    std::erase(text_, ' ');
    bool ok = true;
    do {
      ok = ok && list();
    } while (ok && take('+'));
    check(ok && at_ == text_.size() && !dims.empty(), ErrorKind::data,
          "{}: its setting conv_feature_layers is \"{}\", expected lists of (channels, kernel, "
          "stride) as \"[(512, 10, 5)] + [(512, 3, 2)] * 4\"",
          source, text_);
  }

  std::vector<std::int64_t> dims, kernels, strides;

 private:
  static constexpr std::size_t kMost = 64;

  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool number(std::int64_t& value) {
    const char *first = text_.data() + at_, *end = text_.data() + text_.size();
    const auto [stop, error] = std::from_chars(first, end, value);
    at_ += static_cast<std::size_t>(stop - first);
    return error == std::errc() && value >= 0;
  }
  bool list() {
    std::vector<std::array<std::int64_t, 3>> layers;
    if (!take('[')) return false;
    do {
      auto& [dim, kernel, stride] = layers.emplace_back();
      const bool ok = take('(') && number(dim) && take(',') && number(kernel) && take(',') &&
                      number(stride) && take(')');
      if (!ok || layers.size() > kMost) return false;
    } while (take(','));
    std::int64_t times = 1;
    if (!take(']') || (take('*') && !number(times))) return false;
    if (static_cast<std::size_t>(times) > kMost) return false;
    for (std::int64_t i = 0; i < times && dims.size() <= kMost; ++i) {
      for (const auto& [dim, kernel, stride] : layers) {
        dims.push_back(dim);
        kernels.push_back(kernel);
        strides.push_back(stride);
      }
    }
    return true;
  }

  std::string text_;
  std::size_t at_ = 0;
};

void refuse_unknown_structure(const Settings& settings) {
  for (const char* name : {"quantize_input", "conv_pos_batch_norm", "deep_norm"}) {
    check(!settings.truth(name), ErrorKind::data,
          "{}: its setting {} is true, which is not implemented", settings.source(), name);
  }
  const auto only = [&](const char* name, const char* usual) {
    const std::string value = settings.text(name, usual);
    check(value == usual, ErrorKind::data,
          "{}: its setting {} is \"{}\", which is not implemented; expected \"{}\"",
          settings.source(), name, value, usual);
  };
  only("layer_type", "transformer");
  only("pos_conv_depth", "1");
}

}  // namespace

std::string huggingface_wav2vec2_name(std::string_view name) {
  for (const std::string_view outer : kOuter) {
    if (name.starts_with(outer)) name.remove_prefix(outer.size());
  }
  constexpr std::string_view kLayers = "encoder.layers.", kConvs = "feature_extractor.conv_layers.";
  if (name.starts_with(kLayers)) return with_part(name, kLayers, kLayerParts);
  if (name.starts_with(kConvs)) return with_part(name, kConvs, kConvParts);
  return with_beginning(name, kBeginnings);
}

CheckpointFile with_huggingface_wav2vec2_names(const CheckpointFile& file) {
  const auto& tensors = file.tensors();
  const bool fairseq = std::any_of(tensors.begin(), tensors.end(), [](const TensorView& tensor) {
    return tensor.name.ends_with(kFirst);
  });
  if (!fairseq) return file;
  std::vector<TensorView> renamed = tensors;
  for (TensorView& tensor : renamed) tensor.name = huggingface_wav2vec2_name(tensor.name);
  return {file.source(), std::move(renamed), file.metadata(), file.storage(), file.format()};
}

std::optional<Json> fairseq_wav2vec2_config(const CheckpointFile& weights) {
  const bool bare = weights.find(kFirst) != nullptr;
  if (!bare && weights.find(std::string("w2v_encoder.w2v_model.").append(kFirst)) == nullptr) {
    return std::nullopt;
  }
  const Settings settings(weights);
  refuse_unknown_structure(settings);
  const ConvLayers convs(settings.text("conv_feature_layers", ""), weights.source());
  // HuBERT's checkpoints say so by their names alone; the network is the same.
  const std::string kind = settings.text("_name", settings.text("arch", "wav2vec2").c_str());
  const TensorView* head = weights.find("w2v_encoder.proj.weight");
  Json config;
  config["model_type"] = kind.find("hubert") != std::string::npos ? "hubert" : "wav2vec2";
  config["hidden_size"] = settings.number("encoder_embed_dim", "768");
  config["num_hidden_layers"] = settings.number("encoder_layers", "12");
  config["num_attention_heads"] = settings.number("encoder_attention_heads", "12");
  config["intermediate_size"] = settings.number("encoder_ffn_embed_dim", "3072");
  const std::string activation = settings.text("activation_fn", "gelu");
  // fairseq's two other names are both the approximation by tanh (fairseq/modules/gelu.py).
  const bool by_tanh = activation == "gelu_accurate" || activation == "gelu_fast";
  config["hidden_act"] = by_tanh ? "gelu_new" : activation;
  config["feat_extract_norm"] =
      settings.text("extractor_mode", "default") == "layer_norm" ? "layer" : "group";
  config["do_stable_layer_norm"] = settings.truth("layer_norm_first");
  config["conv_dim"] = convs.dims;
  config["conv_kernel"] = convs.kernels;
  config["conv_stride"] = convs.strides;
  config["conv_bias"] = settings.truth("conv_bias");
  config["num_conv_pos_embeddings"] = settings.number("conv_pos", "128");
  config["num_conv_pos_embedding_groups"] = settings.number("conv_pos_groups", "16");
  config["pad_token_id"] = 0;
  if (head != nullptr && head->shape.size() == 2) config["vocab_size"] = head->shape[0];
  return config;
}

}  // namespace attune
