#include "attune/eval/report/sections/speech/word_diff.h"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/base/text/utf8.h"
#include "attune/eval/metrics/text/error_rates.h"

namespace attune {
namespace {

constexpr std::size_t kMaxEdits = 150;  // some ten lines
constexpr std::size_t kLongestWord =
    12;  // in code points; a text of one that is longer has no words

struct WordPairs {
  std::vector<std::string> reference, hypothesis;
  std::vector<Edit> edits;
};

std::vector<std::string> single_characters(std::string_view text) {
  std::vector<std::string> result;
  for (const std::uint32_t c : characters_of(text)) append_utf8(result.emplace_back(), c);
  return result;
}

WordPairs pairs_of(std::string_view reference, std::string_view hypothesis) {
  const WordAlignment words = align_words(reference, hypothesis);
  if (words.reference.size() == 1 && utf8_length(words.reference[0]) > kLongestWord) {
    return {single_characters(reference), single_characters(hypothesis),
            align(characters_of(reference), characters_of(hypothesis))};
  }
  return {{words.reference.begin(), words.reference.end()},
          {words.hypothesis.begin(), words.hypothesis.end()},
          words.edits};
}

/// A word above another. `kind` is a class of the style, `said` and `heard` are elements.
std::string word_column(std::string_view kind, std::string_view said, std::string_view said_text,
                        std::string_view heard, std::string_view heard_text) {
  return fmt::format("<span class=\"w {0}\"><{1}>{2}</{1}><{3}>{4}</{3}></span>\n", kind, said,
                     html_short_text(said_text).code, heard, html_short_text(heard_text).code);
}

}  // namespace

Html word_diff(std::string_view reference, std::string_view hypothesis) {
  const WordPairs pairs = pairs_of(reference, hypothesis);
  // In the direction of what was said, as a whole: word by word each may have another.
  std::string code = "<div class=\"diff\" dir=\"auto\">";
  std::size_t r = 0, h = 0, shown = 0;
  for (const Edit edit : pairs.edits) {
    if (++shown > kMaxEdits) break;
    switch (edit) {
      case Edit::match:
        code += word_column("same", "span", pairs.reference[r], "span", pairs.hypothesis[h]);
        break;
      case Edit::substitution:
        code += word_column("other", "span", pairs.reference[r], "b", pairs.hypothesis[h]);
        break;
      case Edit::deletion:
        code += word_column("gone", "del", pairs.reference[r], "i", "–");
        break;
      case Edit::insertion:
        code += word_column("more", "i", "+", "ins", pairs.hypothesis[h]);
        break;
    }
    r += edit != Edit::insertion;
    h += edit != Edit::deletion;
  }
  if (pairs.edits.size() > kMaxEdits) {
    code += fmt::format("<small>... and {} more</small>",
                        with_thousands(static_cast<long long>(pairs.edits.size() - kMaxEdits)));
  }
  return {code + "</div>"};
}

Html word_diff_legend() {
  return {"<div class=\"diff key\"><span>said, above what was heard:</span>" +
          word_column("same", "span", "said", "span", "said") +
          word_column("other", "span", "said", "b", "other word") +
          word_column("gone", "del", "said", "i", "–") + "<span>left out</span>" +
          word_column("more", "i", "+", "ins", "added") + "</div>"};
}

std::string_view word_diff_style() {
  return R"css(.diff { display: flex; flex-wrap: wrap; gap: 4px 7px; align-items: flex-start; line-height: 1.35; }
.diff .w { display: inline-flex; flex-direction: column; min-width: 0; border-radius: 3px;
  padding: 0 3px; overflow-wrap: anywhere; }
.w > :last-child { color: var(--soft); }
.w i { font-style: normal; color: var(--soft); text-align: center; }
.w b, .w ins { font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }
.w b { text-decoration-style: wavy; text-decoration-thickness: 1px; }
.w.other { background: rgba(var(--wrong), .10); }
.w.other > b { color: var(--c1); }
.w.gone { background: rgba(var(--wrong), .10); }
.w.gone > del { color: var(--c1); font-weight: 600; text-decoration: line-through; }
.w.more { background: rgba(var(--right), .10); }
.w.more > ins { color: var(--c0); }
.diff.key { font-size: 12px; color: var(--soft); align-items: center; margin: 0 0 12px; }
.diff > small { color: var(--soft); align-self: center; }
)css";
}

}  // namespace attune
