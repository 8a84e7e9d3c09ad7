#pragma once

#include <span>
#include <string>
#include <vector>

#include "attune/data/audio/audio_dataset.h"
#include "attune/data/boxes/box_dataset.h"
#include "attune/data/image/image_dataset.h"
#include "attune/data/text/text_dataset.h"

namespace attune {

// SHA-256 of everything of a data set that a run learns from, in order: contents and labels, not
// where they lie. A resumed run must read the same.

std::string fingerprint(const TextDataset& texts);

/// `hashes`: of each picture's pixels; empty: their names stand for them.
std::string fingerprint(const ImageDataset& pictures, std::span<const std::string> hashes);

/// `hashes`: of the bytes of each clip's recording; where a piece begins and ends counts too.
std::string fingerprint(const AudioDataset& clips, std::span<const std::string> hashes);

/// What data are that no model has asked for yet: what is read does not depend on its channels.
struct Contents {
  std::string fingerprint;  ///< of all, labels too
  /// 16 hexadecimal digits of the SHA-256 of what each example shows, without its label: the same
  /// example wherever it stands.
  std::vector<std::string> keys;
};

Contents contents_of(const TextDataset& texts);

/// All read every file once, on as many threads as `set_default_threads` says. Files that cannot
/// be read count as empty: whoever decodes them tells what is wrong.
Contents contents_of(const ImageDataset& pictures);
Contents contents_of(const AudioDataset& clips);
/// The boxes and classes of pictures are part of the fingerprint, not of the keys.
Contents contents_of(const BoxDataset& pictures);

}  // namespace attune
