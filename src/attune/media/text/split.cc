#include "attune/media/text/split.h"

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

struct Match {
  Span span;
  bool is_delimiter;
};

/// One match for each delimiter and one for each run between them.
void find_matches(std::string_view text, Span word, const CodePointTable<bool>& is_delimiter,
                  std::vector<Match>& out) {
  out.clear();
  std::uint32_t begin = word.begin;
  for (std::size_t position = word.begin; position < word.end;) {
    const auto at = static_cast<std::uint32_t>(position);
    if (!is_delimiter[next_code_point(text, position)]) continue;
    if (begin < at) out.push_back({{begin, at}, false});
    begin = static_cast<std::uint32_t>(position);
    out.push_back({{at, begin}, true});
  }
  if (begin < word.end) out.push_back({{begin, word.end}, false});
}

/// NormalizedString::split (tokenizers/src/tokenizer/normalizer.rs). It folds MergedWithNext from
/// the right; joining from the left cuts at the same places.
void emit(const std::vector<Match>& matches, SplitBehavior behavior, std::vector<Span>& out) {
  using enum SplitBehavior;
  // `out` holds the words before this one too: nothing is joined with them.
  const std::size_t first = out.size();
  bool previous = false;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const auto [span, is_delimiter] = matches[i];
    const bool follows = out.size() > first;
    bool join = false;
    if (behavior == contiguous) join = follows && is_delimiter == previous;
    if (behavior == merged_with_previous) join = follows && is_delimiter && !previous;
    if (behavior == merged_with_next) join = follows && previous && !is_delimiter;
    previous = is_delimiter;
    if (behavior == removed && is_delimiter) continue;
    if (join) {
      out.back().end = span.end;
    } else {
      out.push_back(span);
    }
  }
}

}  // namespace

SplitBehavior read_split_behavior(const ComponentJson& json, const char* key) {
  const std::string name = json.text(key);
  if (name == "Removed") return SplitBehavior::removed;
  if (name == "Isolated") return SplitBehavior::isolated;
  if (name == "MergedWithPrevious") return SplitBehavior::merged_with_previous;
  if (name == "MergedWithNext") return SplitBehavior::merged_with_next;
  if (name == "Contiguous") return SplitBehavior::contiguous;
  fail(ErrorKind::data,
       "{}.{}: \"{}\" is not known, expected Removed, Isolated, MergedWithPrevious, "
       "MergedWithNext or Contiguous",
       json.where(), key, name);
}

void split_words(std::string_view text, std::vector<Span>& words,
                 const CodePointTable<bool>& is_delimiter, SplitBehavior behavior) {
  std::vector<Span> out;
  std::vector<Match> matches;
  out.reserve(words.size() * 2);
  for (const Span word : words) {
    find_matches(text, word, is_delimiter, matches);
    emit(matches, behavior, out);
  }
  words = std::move(out);
}

}  // namespace attune
