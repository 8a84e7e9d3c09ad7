#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/kernels/ctc_loss.h"
#include "attune/models/activations.h"
#include "attune/models/model.h"
#include "attune/nn/speech/packed_audio.h"

namespace attune {

/// What a task must know of a speech model to feed it and to read its logits.
struct CtcInfo {
  std::int64_t vocab_size = 0;  ///< one logit each
  std::int64_t blank = 0;
  std::int64_t frame_stride = 1;  ///< samples from one frame to the next
  /// What config.json says of the loss.
  CtcReduction reduction = CtcReduction::sum;
  bool zero_infinity = false;
};

/// What a user may ask of a speech model's head; what is left out comes from its config.json.
struct CtcHeadOptions {
  /// Outputs. Another number than the checkpoint's begins the head anew.
  std::optional<std::int64_t> vocab_size = {};
  std::optional<std::int64_t> blank = {};
  /// What each output means: rows of the checkpoint's head whose symbol is wanted are kept, and so
  /// is that of its blank; the others begin anew, and all where `known_symbols` is empty. `blank`
  /// must be given with them.
  std::vector<std::string> symbols = {};
  /// What the checkpoint's outputs mean, which its config.json does not say. May have less of them
  /// (outputs without a symbol), or more (symbols without an output).
  std::vector<std::string> known_symbols = {};
  /// Begin the head anew also where it would fit: its outputs mean other symbols.
  bool fresh = false;
  /// Of a checkpoint with language adapters: take the adapter and head of `adapter.LANGUAGE.*`
  /// beside the weights. "": those the weights hold.
  std::string language = {};
  /// Fields of config.json in place of the checkpoint's, by name: what is dropped and hidden in
  /// training.
  Json settings = Json::object();
  std::uint64_t seed = 42;  ///< of the values of a new head
};

/// A speech encoder with a linear CTC head, run as a chain of depth groups.
class CtcModel : public Model {
 public:
  virtual CtcInfo info() const = 0;

  /// Frames that a recording of so many samples becomes; 0 where it is too short for one.
  virtual std::int64_t frames(std::int64_t samples) const = 0;
  /// Those of each recording of a batch. Throws `user`, naming the first that is too short.
  virtual Segments frames(const Segments& clips) const = 0;

  /// Runs the depth groups [first, last) and returns what comes out of group `last - 1`.
  ///
  /// `state` is what came out of group `first - 1`; it is ignored when `first` is 0. Between two
  /// groups the state is one tensor, float [T, width], the frames of all recordings end to end as
  /// `frames(audio.clips)` says; the samples are needed by group 0 alone. Out of the last group
  /// come logits [T, vocab_size].
  virtual Activations run(const PackedAudio& audio, const Activations& state, std::int64_t first,
                          std::int64_t last) = 0;

  /// Logits [T, vocab_size].
  at::Tensor forward(const PackedAudio& audio) {
    return run(audio, {}, 0, static_cast<std::int64_t>(depth_groups().size())).only();
  }
};

}  // namespace attune
