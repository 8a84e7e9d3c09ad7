#pragma once

#include <memory>

#include "attune/data/readers/byte_source.h"

namespace attune {

/// What a .gz source holds (RFC 1952; several members are joined, as gzip does), piece by piece.
/// Reading throws `data` where it is no .gz file, damaged or cut off.
std::unique_ptr<ByteSource> inflate_source(std::unique_ptr<ByteSource> source);

}  // namespace attune
