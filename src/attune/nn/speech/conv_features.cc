#include "attune/nn/speech/conv_features.h"

#include <utility>

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "attune/base/error.h"
#include "attune/nn/speech/packed_audio.h"

namespace attune::nn {

namespace {

std::int64_t rows_after(std::int64_t rows, const ConvFeatureOptions::Layer& layer) {
  return rows < layer.kernel ? 0 : (rows - layer.kernel) / layer.stride + 1;
}

}  // namespace

// A group norm with as many groups as channels (Wu and He 2018, arXiv 1803.08494), over each clip.
class ConvFeatureEncoder::ChannelNorm : public Module {
 public:
  ChannelNorm(std::int64_t channels, double eps)
      : weight(register_parameter("weight", at::ones({channels}))),
        bias(register_parameter("bias", at::zeros({channels}))),
        eps_(eps) {}

  // Rows that belong to no clip become zero.
  at::Tensor forward(const Rows& rows) const {
    std::vector<at::Tensor> normed;
    Segments segments;
    for (std::size_t n = 0; n < rows.starts.size(); ++n) {
      // With batch statistics that is batch norm's formula, whose "batch" are the clip's rows.
      normed.push_back(at::batch_norm(rows.x.narrow(0, rows.starts[n], rows.counted[n]), weight,
                                      bias, {}, {}, /*training=*/true, /*momentum=*/0, eps_,
                                      /*cudnn_enabled=*/false));
      segments.offsets.push_back(segments.rows() + rows.counted[n]);
    }
    return spread_rows(at::cat(normed), segments, rows.starts, rows.x.size(0));
  }

  at::Tensor weight, bias;

 private:
  double eps_;
};

ConvFeatureEncoder::ConvFeatureEncoder(const ConvFeatureOptions& o) : options_(o) {
  std::int64_t channels = 1;
  for (std::size_t i = 0; i < o.layers.size(); ++i) {
    const auto& [out, kernel, stride] = o.layers[i];
    const std::string path = fmt::format("conv_layers.{}.", i), norm = path + "layer_norm";
    Layer layer;
    layer.conv =
        register_at(path + "conv",
                    std::make_shared<Conv1d>(Conv1dShape{channels, out, kernel, stride, o.bias}));
    if (o.norm == FeatureNorm::layer) {
      layer.layer_norm = register_at(norm, std::make_shared<LayerNorm>(out, o.norm_eps));
    } else if (i == 0) {
      layer.channel_norm = register_at(norm, std::make_shared<ChannelNorm>(out, o.norm_eps));
    }
    layers_.push_back(std::move(layer));
    channels = out;
    stride_ *= stride;
  }
}

std::int64_t ConvFeatureEncoder::frames(std::int64_t samples) const {
  for (const auto& layer : options_.layers) samples = rows_after(samples, layer);
  return samples;
}

Segments ConvFeatureEncoder::frames(const Segments& clips) const {
  Segments result;
  for (std::int64_t n = 0; n < clips.count(); ++n) {
    const std::int64_t count = frames(clips.length(n));
    check(count > 0, ErrorKind::user,
          "clip {} of the batch has {} samples, too few for one frame of this model", n,
          clips.length(n));
    result.offsets.push_back(result.rows() + count);
  }
  return result;
}

// Clips lie end to end, each beginning at a multiple of the whole stride: then clip n's frames
// begin at starts[n] / stride in every layer's output, one convolution serves all clips, and what
// is computed in vain are the few frames between two of them, which mix both and are left out at
// the end.
ConvFeatureEncoder::Rows ConvFeatureEncoder::lay_out(const at::Tensor& samples,
                                                     const Segments& clips) const {
  const std::int64_t longest = clips.max_length();
  Rows rows;
  std::int64_t total = 0;
  for (std::int64_t n = 0; n < clips.count(); ++n) {
    const std::int64_t room = options_.padded_statistics ? longest : clips.length(n);
    rows.starts.push_back(total);
    rows.counted.push_back(room);
    total += (room + stride_ - 1) / stride_ * stride_;
  }
  rows.x = spread_rows(samples.unsqueeze(1), clips, rows.starts, total);
  return rows;
}

ConvFeatureEncoder::Rows ConvFeatureEncoder::run(std::size_t i, const Rows& rows) const {
  const Layer& layer = layers_[i];
  Rows next = {layer.conv->forward(rows.x), rows.starts, rows.counted};
  for (std::int64_t& start : next.starts) start /= options_.layers[i].stride;
  for (std::int64_t& count : next.counted) count = rows_after(count, options_.layers[i]);
  if (layer.layer_norm) next.x = layer.layer_norm->forward(next.x);
  if (layer.channel_norm) next.x = layer.channel_norm->forward(next);
  next.x = bias_activation(next.x, {}, options_.activation);
  return next;
}

at::Tensor ConvFeatureEncoder::forward(const at::Tensor& samples, const Segments& clips) const {
  check(samples.dim() == 1 && samples.size(0) == clips.rows(), ErrorKind::internal,
        "{} clips of {} samples came with a tensor [{}]", clips.count(), clips.rows(),
        fmt::join(samples.sizes(), ", "));
  const Segments kept = frames(clips);
  Rows rows = lay_out(samples, clips);
  for (std::size_t i = 0; i < layers_.size(); ++i) rows = run(i, rows);
  return gather_rows(rows.x, rows.starts, kept);
}

}  // namespace attune::nn
