#include "attune/eval/metrics/boxes/by_class.h"

#include <algorithm>
#include <cmath>

#include "attune/base/error.h"

namespace attune {

namespace {

void check_box(const Box& box, std::int64_t class_id, std::int64_t num_classes) {
  check(class_id >= 0 && class_id < num_classes, ErrorKind::data,
        "a box is of class {}, and there are {} classes", class_id, num_classes);
  check(std::isfinite(box.left) && std::isfinite(box.top) && std::isfinite(box.right) &&
            std::isfinite(box.bottom),
        ErrorKind::data, "a box has a corner that is not a number");
}

}  // namespace

std::vector<ClassBoxes> boxes_by_class(const JudgedPicture& picture, std::int64_t num_classes,
                                       std::size_t most_found) {
  std::vector<ClassBoxes> classes(static_cast<std::size_t>(num_classes));
  for (const LabelledBox& truth : picture.truth) {
    check_box(truth.box, truth.class_id, num_classes);
    classes[static_cast<std::size_t>(truth.class_id)].truth.push_back(&truth);
  }
  for (const ScoredBox& found : picture.found) {
    check_box(found.box, found.class_id, num_classes);
    check(std::isfinite(found.score), ErrorKind::data, "a box has a score that is not a number");
    classes[static_cast<std::size_t>(found.class_id)].found.push_back(&found);
  }
  for (ClassBoxes& boxes : classes) {
    std::ranges::stable_sort(boxes.found, std::ranges::greater{}, &ScoredBox::score);
    if (boxes.found.size() > most_found) boxes.found.resize(most_found);
  }
  return classes;
}

std::vector<double> overlaps(const ClassBoxes& boxes) {
  std::vector<double> table;
  table.reserve(boxes.found.size() * boxes.truth.size());
  for (const ScoredBox* found : boxes.found) {
    for (const LabelledBox* truth : boxes.truth) {
      const double both = intersection(found->box, truth->box);
      const double whole =
          truth->crowd ? found->box.area() : found->box.area() + truth->box.area() - both;
      table.push_back(both > 0 ? both / whole : 0);
    }
  }
  return table;
}

}  // namespace attune
