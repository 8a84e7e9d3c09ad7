#pragma once

#include <string>
#include <string_view>

#include "attune/base/files.h"
#include "attune/media/text/ngram/ngram_model.h"

namespace attune {

/// Reads an ARPA file. Missing back-offs are 0, as with SRILM's and KenLM's readers; longer
/// n-grams whose beginning is missing are taken. Throws `data` with file and line where it is not
/// ARPA, counts are not those promised, a number is no number, infinite or a probability above 1,
/// a word of an n-gram is no unigram, or an n-gram stands twice.
NGramModel read_arpa(const fs::path& path);
NGramModel parse_arpa(std::string_view text, const std::string& name);

}  // namespace attune
