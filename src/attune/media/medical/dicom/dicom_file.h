#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "attune/media/medical/dicom/dicom_elements.h"
#include "attune/media/memory_budget.h"

namespace attune {

/// A DICOM file taken apart: file meta information and data set.
struct DicomFile {
  std::string transfer_syntax;  ///< UID
  std::string inflated;         ///< the data set of a deflated file
  std::optional<DicomElements> elements;
};

/// Throws `data` where the bytes are no DICOM file or its transfer syntax is not known here. The
/// result points into `bytes`; it must not be moved (deflated files point into itself). With `last`
/// elements up to that tag are parsed (they ascend), and of a deflated file its beginning alone is
/// inflated.
/// `reserve` is told the size of an inflated data set before memory is taken for it.
void parse_dicom(DicomBytes bytes, const std::string& name, DicomFile& file,
                 std::optional<DicomTag> last = {}, const ReserveMemory& reserve = {});

/// The English name of a transfer syntax, "" for one that is not read.
std::string_view transfer_syntax_name(std::string_view uid);

}  // namespace attune
