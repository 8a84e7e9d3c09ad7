#include "attune/media/boxes/box.h"

#include <algorithm>
#include <cmath>

#include "attune/base/error.h"

namespace attune {

double Box::area() const {
  return std::max(width(), 0.0) * std::max(height(), 0.0);
}

Box box_from_corner(double left, double top, double width, double height) {
  return {left, top, left + width, top + height};
}

Box box_from_center(double x, double y, double width, double height) {
  return {x - width / 2, y - height / 2, x + width / 2, y + height / 2};
}

Box box_from_fractions(double x, double y, double width, double height, Size picture) {
  const auto across = static_cast<double>(picture.width);
  const auto down = static_cast<double>(picture.height);
  return box_from_center(x * across, y * down, width * across, height * down);
}

Box clipped(const Box& box, Size picture) {
  const auto across = static_cast<double>(picture.width);
  const auto down = static_cast<double>(picture.height);
  return {std::clamp(box.left, 0.0, across), std::clamp(box.top, 0.0, down),
          std::clamp(box.right, 0.0, across), std::clamp(box.bottom, 0.0, down)};
}

Box apply_orientation(const Box& box, Size stored, int orientation) {
  check(orientation >= 1 && orientation <= 8, ErrorKind::internal,
        "EXIF orientations are 1 to 8, got {}", orientation);
  const auto across = static_cast<double>(stored.width);
  const auto down = static_cast<double>(stored.height);
  Box shown = box;
  // The picture is mirrored across (2, 3, 7, 8) and down (3, 4, 6, 7), then 5 to 8 exchange rows
  // and columns: 6, a camera turned to the right, is a mirror down and that exchange.
  if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) {
    shown.left = across - box.right;
    shown.right = across - box.left;
  }
  if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) {
    shown.top = down - box.bottom;
    shown.bottom = down - box.top;
  }
  if (orientation >= 5) {
    std::swap(shown.left, shown.top);
    std::swap(shown.right, shown.bottom);
  }
  return shown;
}

double intersection(const Box& a, const Box& b) {
  return Box{std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right),
             std::min(a.bottom, b.bottom)}
      .area();
}

double iou(const Box& a, const Box& b) {
  const double both = intersection(a, b);
  const double either = a.area() + b.area() - both;
  return either > 0 ? both / either : 0;
}

}  // namespace attune
