#include "attune/data/check/learnt_clips.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "attune/data/check/counted.h"

namespace attune {
namespace {

constexpr const char* kAdvice =
    "results on them say what was learnt by heart: take them out of one of the two";

std::string file_key(const AudioExample& clip) {
  // Tables name the same file by other roots.
  return fs::absolute(clip.path).lexically_normal().string();
}

/// Pieces of recordings that are learnt from.
class LearntPieces {
 public:
  void add(const AudioDataset& data) {
    for (std::size_t i = 0; i < data.examples.size(); ++i) {
      pieces_[file_key(data.examples[i])].push_back({&data, static_cast<std::int64_t>(i)});
    }
  }

  /// The clip that has most of `clip`, as its source, or "".
  std::string source_of(const AudioExample& clip, bool but_equal) const {
    const auto found = pieces_.find(file_key(clip));
    if (found == pieces_.end()) return "";
    for (const Piece& piece : found->second) {
      const AudioExample& learnt = piece.data->examples[static_cast<std::size_t>(piece.index)];
      const double end = std::min(clip.begin + clip.seconds, learnt.begin + learnt.seconds);
      if (end - std::max(clip.begin, learnt.begin) <= clip.seconds / 2) continue;
      if (but_equal && piece_key(learnt) == piece_key(clip)) continue;
      return piece.data->source_name(piece.index);
    }
    return "";
  }

 private:
  struct Piece {
    const AudioDataset* data;
    std::int64_t index;
  };
  std::unordered_map<std::string, std::vector<Piece>> pieces_;
};

Finding learnt_finding(std::int64_t count, const std::string& part) {
  return {.severity = Severity::warning,
          .kind = "learnt_clips",
          .text = fmt::format("{} learnt from too: the same recording at the same time",
                              counted(count, "clips", " of " + part, "is", "are")),
          .advice = kAdvice};
}

}  // namespace

void find_learnt_clips(const AudioParts& parts, const OldClips& old, bool equal_are_told,
                       DataCheck& check) {
  const auto all = parts.parts();
  if (all.size() == 1 && old.measured == nullptr) return;
  LearntPieces trained, replayed;
  trained.add(parts.train);
  if (old.replayed != nullptr) replayed.add(*old.replayed);
  for (std::size_t p = 1; p < all.size(); ++p) {
    std::vector<FoundExamples> found;
    for (std::size_t i = 0; i < all[p].second->examples.size(); ++i) {
      const AudioExample& clip = all[p].second->examples[i];
      std::string source = trained.source_of(clip, equal_are_told);
      if (source.empty()) source = replayed.source_of(clip, false);
      if (source.empty()) continue;
      found.push_back(
          {{{static_cast<std::int32_t>(p), static_cast<std::int64_t>(i)}}, "learnt as " + source});
    }
    if (found.empty()) continue;
    Finding finding = learnt_finding(std::ssize(found), all[p].first);
    finding.examples = std::move(found);
    check.add(std::move(finding));
  }
  if (old.measured == nullptr) return;
  std::vector<std::string> lines;
  for (std::int64_t i = 0; i < old.measured->size(); ++i) {
    const AudioExample& clip = old.measured->examples[static_cast<std::size_t>(i)];
    std::string source = trained.source_of(clip, false);
    if (source.empty()) source = replayed.source_of(clip, false);
    if (source.empty()) continue;
    lines.push_back(fmt::format("{}: learnt as {}", old.measured->source_name(i), source));
  }
  if (lines.empty()) return;
  Finding finding = learnt_finding(std::ssize(lines), "--old-manifest");
  finding.lines = std::move(lines);
  check.add(std::move(finding));
}

}  // namespace attune
