#pragma once

#include "attune/media/image/image.h"
#include "attune/media/medical/dicom/dicom_codecs.h"

namespace attune {

/// Extended JPEG of 12 bits by GDCM. Requires a stream whose header was checked.
DeepImage decode_jpeg_12(DicomBytes bytes, const CodecRequest& request);

}  // namespace attune
