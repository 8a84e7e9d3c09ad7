#pragma once

#include <span>
#include <string>

#include "attune/data/image/image_dataset.h"
#include "attune/data/text/text_dataset.h"

namespace attune {

// SHA-256 of everything of a data set that a run learns from, in order: contents and labels, not
// where they lie. A resumed run must read the same.

std::string fingerprint(const TextDataset& texts);

/// `hashes`: of each picture's pixels; empty: their names stand for them.
std::string fingerprint(const ImageDataset& pictures, std::span<const std::string> hashes);

// The same of data that no model has asked for yet: what is read does not depend on its channels.

std::string content_fingerprint(const TextDataset& texts);

/// Reads every file, on as many threads as `set_default_threads` says. Files that cannot be read
/// count as empty: whoever decodes them tells what is wrong.
std::string content_fingerprint(const ImageDataset& pictures);

}  // namespace attune
