#pragma once

#include <string>
#include <string_view>

#include "attune/base/files.h"
#include "attune/media/text/ngram/ngram_model.h"

namespace attune {

/// Reads an ARPA file, packed by gzip or not (its first bytes tell); a packed one is never unpacked
/// as a whole. Missing back-offs are 0, as with SRILM's and KenLM's readers; longer n-grams whose
/// beginning is missing are taken. Throws `data` with file and line where it is not ARPA, counts
/// are not those promised, a number is no number, infinite or a probability above 1, a word of an
/// n-gram is no unigram, an n-gram stands twice, or packed data are damaged. Looks for a signal to
/// stop (process/stop.h).
NGramModel read_arpa(const fs::path& path);
NGramModel parse_arpa(std::string_view bytes, const std::string& name);

}  // namespace attune
