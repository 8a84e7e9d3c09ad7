#pragma once

#include <cstdint>

#include "attune/media/image/image.h"

namespace attune {

/// A rectangle in pixels of a picture as its viewers show it (EXIF orientation applied). `right`
/// and `bottom` are where it ends, so that its width is `right - left`: COCO's convention, not that
/// of inclusive last pixels. Empty where it ends at or before its begin.
struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;

  double width() const { return right - left; }
  double height() const { return bottom - top; }
  /// 0 for an empty box.
  double area() const;
  bool operator==(const Box&) const = default;
};

/// A box that somebody drew: what a model should find.
struct LabelledBox {
  Box box;
  std::int64_t class_id = 0;
  bool crowd = false;      ///< COCO's `iscrowd`: many objects in one box, neither found nor missed
  bool difficult = false;  ///< VOC's `difficult`: left out of VOC's scores, no part of COCO's
  double area = -1;        ///< of the object where the labels say (COCO's masks); -1: the box's own

  double object_area() const { return area >= 0 ? area : box.area(); }
  bool operator==(const LabelledBox&) const = default;
};

/// A box that a model found.
struct ScoredBox {
  Box box;
  std::int64_t class_id = 0;
  double score = 0;
  bool operator==(const ScoredBox&) const = default;
};

// How files and networks write boxes.

/// COCO: the top left corner and the size, in pixels.
Box box_from_corner(double left, double top, double width, double height);
/// The middle and the size, in pixels.
Box box_from_center(double x, double y, double width, double height);
/// YOLO's text files: the middle and the size as fractions of the picture.
Box box_from_fractions(double x, double y, double width, double height, Size picture);

/// The part inside a picture; empty where there is none.
Box clipped(const Box& box, Size picture);
/// `box` of a picture that was stored as `stored` after EXIF orientation 1..8 is applied to both.
Box apply_orientation(const Box& box, Size stored, int orientation);

double intersection(const Box& a, const Box& b);
/// Intersection over union; 0 where both are empty.
double iou(const Box& a, const Box& b);

}  // namespace attune
