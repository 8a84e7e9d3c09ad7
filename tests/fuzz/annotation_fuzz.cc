// Annotations of recordings (TextGrid, EAF, SRT, WebVTT) from hostile bytes: no crash, bounded
// memory, finite times, and texts in UTF-8 or a problem.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/data/audio/annotations/eaf.h"
#include "attune/data/audio/annotations/subtitles.h"
#include "attune/data/audio/annotations/textgrid.h"

namespace {

attune::Annotation parse(int format, std::string_view text) {
  if (format == 0) return attune::parse_eaf(text, "fuzz");
  // The others are given UTF-8 (`read_annotation`).
  if (attune::find_invalid_utf8(text)) return {};
  if (format == 1) return attune::parse_textgrid(text, "fuzz");
  return attune::parse_subtitles(text, "fuzz");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    const attune::Annotation annotation = parse(data[0] % 3, text);
    for (const attune::AnnotationTier& tier : annotation.tiers) {
      for (const attune::AnnotatedPiece& piece : tier.pieces) {
        if (!std::isfinite(piece.begin) || !std::isfinite(piece.end) || piece.line < 1) {
          std::abort();
        }
        if (piece.problem.empty() && attune::find_invalid_utf8(piece.text)) std::abort();
      }
    }
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) std::abort();
  }
  return 0;
}
