#include "attune/media/boxes/nms.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "attune/base/error.h"

namespace attune {
namespace {

/// A box and where it stood.
struct Candidate {
  ScoredBox found;
  std::size_t place = 0;
};
using Candidates = std::vector<Candidate>;

bool is_better(const Candidate& a, const Candidate& b) {
  return std::tuple(-a.found.score, a.place) < std::tuple(-b.found.score, b.place);
}

// `boxes` best first. Only boxes that stay are compared with: what overlaps one that went may stay.
Candidates greedy(const Candidates& boxes, double threshold) {
  Candidates kept;
  for (const Candidate& box : boxes) {
    const bool is_new = std::none_of(kept.begin(), kept.end(), [&](const Candidate& better) {
      return iou(better.found.box, box.found.box) > threshold;
    });
    if (is_new) kept.push_back(box);
  }
  return kept;
}

// Figure 2 of the paper: the best box of those left is taken, the scores of the others fall.
Candidates soft(Candidates left, const NmsOptions& options) {
  const auto is_lost = [&](const Candidate& box) { return box.found.score < options.min_score; };
  Candidates kept;
  std::erase_if(left, is_lost);
  while (!left.empty()) {
    const auto best = std::min_element(left.begin(), left.end(), is_better);
    const Candidate taken = *best;
    left.erase(best);
    kept.push_back(taken);
    for (Candidate& box : left) {
      const double overlap = iou(taken.found.box, box.found.box);
      if (options.kind == Suppression::gaussian) {
        box.found.score *= std::exp(-overlap * overlap / options.sigma);
      } else if (overlap > options.iou_threshold) {
        box.found.score *= 1 - overlap;
      }
    }
    std::erase_if(left, is_lost);
  }
  return kept;
}

}  // namespace

std::vector<ScoredBox> suppress(std::span<const ScoredBox> boxes, const NmsOptions& options) {
  std::map<std::int64_t, Candidates> groups;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    check(!std::isnan(boxes[i].score), ErrorKind::internal, "a box of class {} has the score NaN",
          boxes[i].class_id);
    groups[options.class_agnostic ? 0 : boxes[i].class_id].push_back({boxes[i], i});
  }
  Candidates kept;
  for (auto& [group, members] : groups) {
    std::sort(members.begin(), members.end(), is_better);
    const Candidates stayed = options.kind == Suppression::greedy
                                  ? greedy(members, options.iou_threshold)
                                  : soft(std::move(members), options);
    kept.insert(kept.end(), stayed.begin(), stayed.end());
  }
  std::sort(kept.begin(), kept.end(), is_better);
  std::vector<ScoredBox> result;
  for (const Candidate& box : kept) {
    if (options.max_boxes > 0 && std::ssize(result) == options.max_boxes) break;
    result.push_back(box.found);
  }
  return result;
}

}  // namespace attune
