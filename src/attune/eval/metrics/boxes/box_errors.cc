#include "attune/eval/metrics/boxes/box_errors.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "attune/eval/metrics/boxes/ledger.h"

namespace attune {

namespace {

constexpr double kFoundOverlap = 0.5, kNoOverlap = 0.1;
constexpr std::size_t kBoxesOfPicture = 100;

/// One point of a class's curve.
struct Point {
  double score;
  bool correct;
};

struct ClassPoints {
  std::vector<Point> points;
  std::int64_t objects = 0;
};
using Points = std::map<std::int64_t, ClassPoints>;

/// TIDE reads curves where COCO does but for the rounding, which decides on a step of recall.
const std::array<double, kRecallPoints>& tide_recalls() {
  static const auto recalls = [] {
    std::array<double, kRecallPoints> made{};
    for (std::size_t i = 0; i < kRecallPoints; ++i) made[i] = static_cast<double>(i) / 100;
    return made;
  }();
  return recalls;
}

double average_precision(ClassPoints points) {
  if (points.objects <= 0) return 0;
  std::ranges::stable_sort(points.points, std::ranges::greater{}, &Point::score);
  PrecisionRecall curve;
  double hits = 0, all = 0;
  for (const Point& point : points.points) {
    hits += point.correct ? 1 : 0;
    all += 1;
    curve.precision.push_back(hits / all);
    curve.recall.push_back(hits / static_cast<double>(points.objects));
  }
  return mean_precision(std::move(curve), tide_recalls());
}

/// Of the classes that have an object or a box.
double mean_average_precision(const Points& classes) {
  double sum = 0, count = 0;
  for (const auto& entry : classes) {
    if (entry.second.points.empty() && entry.second.objects == 0) continue;
    sum += average_precision(entry.second);
    count += 1;
  }
  return count == 0 ? 0 : sum / count;
}

/// An object that counts, with what has become of it.
struct Object {
  const LabelledBox* truth;
  std::optional<std::size_t> found_by;    ///< place of the box
  bool nearly_found = false;              ///< some box has its class or its place wrong
  double best_score = -1;                 ///< of these boxes, the best stands for it when mended
  std::optional<std::size_t> best_error;  ///< place in the list of errors
};

/// An error with what it is when mended. Where `object` is set and this is the best error of that
/// object, it becomes a hit of the object's class; else it vanishes.
struct Mistake {
  BoxError kind;
  std::int64_t class_id;
  double score;
  bool counted;  ///< false: in a crowd, so that it is no point of the curve
  std::optional<std::size_t> object;
};

/// Collects the errors of picture after picture.
class Collector {
 public:
  void add(const JudgedPicture& picture) {
    begin(picture);
    for (std::size_t i = 0; i < found_.size(); ++i) find_object(i);
    for (std::size_t i = 0; i < found_.size(); ++i) {
      const ScoredBox& found = *found_[i];
      if (hit_[i]) {
        correct_.push_back({found.class_id, found.score});
        continue;
      }
      const bool counted = !in_crowd(found, picture);
      add_error(i, counted);
    }
    for (std::size_t o = first_; o < objects_.size(); ++o) {
      if (objects_[o].found_by || objects_[o].nearly_found) continue;
      errors_.push_back({BoxError::missed, objects_[o].truth->class_id, 0, false, {}});
    }
  }

  BoxErrors result() const {
    BoxErrors result;
    result.map_50 = mean_average_precision(points(std::nullopt));
    for (const Mistake& error : errors_) ++result.count[static_cast<std::size_t>(error.kind)];
    for (std::size_t kind = 0; kind < kBoxErrors; ++kind) {
      const double mended = mean_average_precision(points(static_cast<BoxError>(kind)));
      // A cost below 0 comes of the 101 points that the curve is read at.
      result.cost[kind] = std::max(mended - result.map_50, 0.0);
    }
    return result;
  }

 private:
  void begin(const JudgedPicture& picture) {
    first_ = objects_.size();
    for (const LabelledBox& truth : picture.truth) {
      if (!truth.crowd) objects_.push_back({.truth = &truth, .found_by = {}, .best_error = {}});
    }
    found_.clear();
    for (const ScoredBox& found : picture.found) found_.push_back(&found);
    std::ranges::stable_sort(found_, std::ranges::greater{}, &ScoredBox::score);
    if (found_.size() > kBoxesOfPicture) found_.resize(kBoxesOfPicture);
    hit_.assign(found_.size(), false);
  }

  /// The object among those `wanted` that box `i` overlaps most, with the overlap; 0 without one.
  template <typename Wanted>
  std::pair<std::size_t, double> closest(std::size_t i, Wanted wanted) const {
    std::pair<std::size_t, double> best = {first_, 0.0};
    for (std::size_t o = first_; o < objects_.size(); ++o) {
      if (!wanted(objects_[o])) continue;
      const double overlap = iou(found_[i]->box, objects_[o].truth->box);
      if (overlap > best.second) best = {o, overlap};
    }
    return best;
  }

  void find_object(std::size_t i) {
    const auto [object, overlap] = closest(i, [&](const Object& other) {
      return !other.found_by && other.truth->class_id == found_[i]->class_id;
    });
    if (overlap < kFoundOverlap) return;
    hit_[i] = true;
    objects_[object].found_by = i;
  }

  static bool in_crowd(const ScoredBox& found, const JudgedPicture& picture) {
    return std::ranges::any_of(picture.truth, [&](const LabelledBox& truth) {
      return truth.crowd && truth.class_id == found.class_id &&
             intersection(found.box, truth.box) > kFoundOverlap * found.box.area();
    });
  }

  void add_error(std::size_t i, bool counted) {
    const ScoredBox& found = *found_[i];
    const auto own = [&](const Object& object) { return object.truth->class_id == found.class_id; };
    const auto [near, nearness] = closest(i, own);
    if (nearness >= kNoOverlap && nearness <= kFoundOverlap) {
      return add_mendable(BoxError::badly_placed, found, counted, near);
    }
    const auto [other, likeness] = closest(i, [&](const Object& o) { return !own(o); });
    if (likeness >= kFoundOverlap)
      return add_mendable(BoxError::wrong_class, found, counted, other);
    const auto [twin, twice] = closest(i, [&](const Object& o) { return own(o) && o.found_by; });
    BoxError kind = BoxError::both;
    if (twice >= kFoundOverlap) {
      kind = BoxError::duplicate;
    } else if (closest(i, [](const Object&) { return true; }).second <= kNoOverlap) {
      kind = BoxError::background;
    }
    errors_.push_back({kind, found.class_id, found.score, counted, {}});
  }

  /// An error that would be a hit with another place or class, unless the object has been found.
  void add_mendable(BoxError kind, const ScoredBox& found, bool counted, std::size_t place) {
    Object& object = objects_[place];
    Mistake error{kind, found.class_id, found.score, counted, {}};
    if (!object.found_by) {
      object.nearly_found = true;
      error.object = place;
      if (found.score > object.best_score) {
        object.best_score = found.score;
        object.best_error = errors_.size();
      }
    }
    errors_.push_back(error);
  }

  /// The points of all curves with the errors of kind `mended` out of the way.
  Points points(std::optional<BoxError> mended) const {
    Points points;
    for (const Object& object : objects_) ++points[object.truth->class_id].objects;
    for (std::size_t e = 0; e < errors_.size(); ++e) {
      const Mistake& error = errors_[e];
      if (mended != error.kind) {
        if (error.counted) points[error.class_id].points.push_back({error.score, false});
      } else if (error.kind == BoxError::missed) {
        --points[error.class_id].objects;
      } else if (error.object && objects_[*error.object].best_error == e) {
        points[objects_[*error.object].truth->class_id].points.push_back({error.score, true});
      }
    }
    for (const auto& [class_id, score] : correct_) points[class_id].points.push_back({score, true});
    return points;
  }

  std::vector<Object> objects_;  ///< of all pictures
  std::vector<Mistake> errors_;
  std::vector<std::pair<std::int64_t, double>> correct_;  ///< class and score of each hit
  // Of the picture in hand.
  std::size_t first_ = 0;  ///< of its objects
  std::vector<const ScoredBox*> found_;
  std::vector<bool> hit_;
};

}  // namespace

const char* title_of(BoxError error) {
  switch (error) {
    case BoxError::wrong_class:
      return "Wrong class";
    case BoxError::badly_placed:
      return "Badly placed";
    case BoxError::both:
      return "Wrong class and badly placed";
    case BoxError::duplicate:
      return "Found twice";
    case BoxError::background:
      return "Background";
    case BoxError::missed:
      return "Missed";
  }
  return "";
}

BoxErrors box_errors(std::span<const JudgedPicture> pictures) {
  Collector collector;
  for (const JudgedPicture& picture : pictures) collector.add(picture);
  return collector.result();
}

}  // namespace attune
