#pragma once

#include <array>
#include <optional>
#include <vector>

#include "attune/media/image/augment/draws.h"
#include "attune/media/image/augment/options.h"
#include "attune/media/image/augment/policy.h"
#include "attune/media/image/decode.h"
#include "attune/media/image/image.h"
#include "attune/media/image/resize.h"

namespace attune {

/// What the model takes.
struct AugmentTarget {
  Size size;                         ///< of the pictures that a random crop gives
  Filter filter = Filter::bilinear;  ///< that resizes crops
  /// Red, green, blue (or grey first) of an erased rectangle, 0 to 255. The mean that pictures are
  /// normalised with makes it what torchvision's RandomErasing gives behind Normalize.
  std::array<float, 3> erase_value = {0, 0, 0};
};

/// Everything random about one picture in one epoch, in the order it is applied.
struct AugmentPlan {
  Size picture;                  ///< size in full that it was drawn for
  std::optional<PixelBox> crop;  ///< cut out (0 outside the picture), resized to the target
  bool flip_horizontal = false, flip_vertical = false;
  double rotation = 0;  ///< degrees, counter-clockwise, bilinear, 0 outside
  std::vector<PolicyStep> policy;
  ColorJitter jitter;
  std::optional<PixelBox> erasing;
};

/// Changes training pictures at random. A plan is drawn from the key alone, so the same key gives
/// the same picture on any thread and in any order.
class Augmenter {
 public:
  /// Throws `user` with all that `find_problems` names.
  Augmenter(AugmentOptions options, AugmentTarget target);

  const AugmentOptions& options() const { return options_; }
  /// Whether pictures come out at the target's size (a random crop is on). Else they keep their
  /// own, and are resized as for evaluation.
  bool sets_size() const;

  /// `picture`: its size as shown. Throws `data` where the crop cannot be cut out of it.
  AugmentPlan plan(Size picture, const AugmentKey& key) const;

  /// The smallest size at which decoding loses nothing that the crop's resize keeps, for
  /// `DecodeOptions::min_size`: a large JPEG may be shrunk while reading (DCT scaling, Pillow's
  /// `draft`; the pixels then differ slightly from a full decode). Null where it cannot be.
  std::optional<Size> min_decode_size(const AugmentPlan& plan) const;

  /// What the decoder may leave out of a JPEG: the pixels beside a random resized crop, which
  /// changes nothing, and with `shrink` also the detail of `min_decode_size`.
  DecodeOptions decode_options(const AugmentPlan& plan, bool shrink = false) const;

  /// `image` is the picture of the plan, in full or shrunk by the decoder; 1 or 3 channels. Throws
  /// `user` for a deep picture where an option needs 8 bits (`find_deep_picture_problems`).
  Image apply(Image image, const AugmentPlan& plan) const;
  FloatImage apply(FloatImage image, const AugmentPlan& plan) const;

  /// Draws the plan for a picture in full and applies it.
  Picture apply(Picture picture, const AugmentKey& key) const;

 private:
  template <typename Sample>
  Raster<Sample> cut(const Raster<Sample>& image, const AugmentPlan& plan) const;
  template <typename Sample>
  Raster<Sample> move_pixels(Raster<Sample> image, const AugmentPlan& plan) const;
  template <typename Sample>
  void erase(Raster<Sample>& image, const AugmentPlan& plan) const;

  AugmentOptions options_;
  AugmentTarget target_;
};

}  // namespace attune
