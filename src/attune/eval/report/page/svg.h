#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "attune/eval/report/charts/axis.h"
#include "attune/eval/report/page/html.h"

namespace attune {

/// The frame of a plot: grid, tick labels and axis titles around an inner rectangle, in units of
/// the view box. Colours come from the page's style sheet, so that a plot follows its colour
/// scheme.
class Plot {
 public:
  Plot(Axis x, Axis y, std::string_view x_title, std::string_view y_title, double width = 560,
       double height = 250);

  double x(double value) const;
  double y(double value) const;
  double left() const { return kLeft; }
  double right() const { return width_ - kRight; }
  double top() const { return kTop; }
  double bottom() const { return height_ - kBottom; }

  /// Appends SVG code inside the frame.
  void add(std::string_view code) { body_ += code; }
  void line(double x1, double y1, double x2, double y2, std::string_view css_class);
  /// `anchor`: start, middle or end. `text` is escaped.
  void text(double x, double y, std::string_view anchor, std::string_view text,
            std::string_view css_class = "");
  /// A line through points in units of the axes; interrupted where y is not finite.
  void path(std::span<const std::pair<double, double>> points, std::string_view css_class);
  /// A dot at a point in units of the axes; `title` (escaped) shows when it is pointed at.
  void dot(double x, double y, double radius, std::string_view css_class, std::string_view title);
  /// A vertical line at `value` with a label at its top (well-formed UTF-8). Call in order of
  /// `value`.
  void mark(double value, std::string_view label);

  Html html(std::string_view accessible_name) const;

 private:
  static constexpr double kLeft = 60, kRight = 14, kTop = 16, kBottom = 38;
  Axis x_, y_;
  double width_, height_;
  std::string body_;
  double mark_end_ = 0.0;  // where the last mark's label ends
  int mark_row_ = 0;
};

/// The style sheet has so many series colours: classes s0, s1, ...
inline constexpr std::size_t kSeriesColors = 6;

/// The names of curves drawn in these colours; empty for fewer than two.
Html curve_legend(std::span<const std::string> names);

}  // namespace attune
