#include "attune/eval/report/page/svg.h"

#include <cmath>

#include <fmt/format.h>

#include "attune/base/text/utf8.h"

namespace attune {

Plot::Plot(Axis x, Axis y, std::string_view x_title, std::string_view y_title, double width,
           double height)
    : x_(x), y_(y), width_(width), height_(height) {
  // The frame comes first: what is drawn later lies above it.
  for (const double tick : y_.ticks()) {
    line(left(), this->y(tick), right(), this->y(tick), "grid");
    text(left() - 7, this->y(tick) + 4, "end", y_.label(tick));
  }
  for (const double tick : x_.ticks()) {
    line(this->x(tick), bottom(), this->x(tick), bottom() + 4, "axis");
    text(this->x(tick), bottom() + 17, "middle", x_.label(tick));
  }
  line(left(), bottom(), right(), bottom(), "axis");
  text((left() + right()) / 2, height_ - 5, "middle", x_title, "title");
  if (!y_title.empty()) {
    body_ += fmt::format(
        "<text class=\"title\" text-anchor=\"middle\" transform=\"translate(12 {:.1f}) "
        "rotate(-90)\">{}</text>\n",
        (top() + bottom()) / 2, html_text(y_title).code);
  }
}

double Plot::x(double value) const {
  // SVG counts y downwards, so y is taken from the bottom and x from the left.
  return left() + x_.position(value) * (right() - left());
}
double Plot::y(double value) const {
  return bottom() - y_.position(value) * (bottom() - top());
}

void Plot::line(double x1, double y1, double x2, double y2, std::string_view css_class) {
  body_ +=
      fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
                  css_class, x1, y1, x2, y2);
}

void Plot::text(double x, double y, std::string_view anchor, std::string_view text,
                std::string_view css_class) {
  body_ +=
      fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n",
                  css_class, x, y, anchor, html_text(text).code);
}

void Plot::path(std::span<const std::pair<double, double>> points, std::string_view css_class) {
  std::string path;
  bool pen_down = false;
  for (const auto& [x, y] : points) {
    if (std::isfinite(y)) {
      path += fmt::format("{}{:.1f} {:.1f}", pen_down ? "L" : "M", this->x(x), this->y(y));
    }
    // The next finite point begins a new line: a gap is shown, not bridged.
    pen_down = std::isfinite(y);
  }
  body_ += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", css_class, path);
}

void Plot::dot(double x, double y, double radius, std::string_view css_class,
               std::string_view title) {
  body_ += fmt::format(
      "<circle class=\"dot {}\" cx=\"{:.1f}\" cy=\"{:.1f}\" "
      "r=\"{:.3g}\"><title>{}</title></circle>\n",
      css_class, this->x(x), this->y(y), radius, html_text(title).code);
}

void Plot::mark(double value, std::string_view label) {
  constexpr double kLetter = 5.6, kLineHeight = 12;  // of class "small"
  // SVG cannot measure text before it is drawn: letters of about this width.
  const double at = x(value), length = kLetter * static_cast<double>(utf8_length(label));
  line(at, top(), at, bottom(), "mark");
  // Left of its line where there is room, and below earlier labels it would cover.
  const bool on_left = at - 4 - length >= left();
  const double begin = on_left ? at - 4 - length : at + 4;
  mark_row_ = begin < mark_end_ ? mark_row_ + 1 : 0;
  mark_end_ = begin + length;
  text(on_left ? at - 4 : at + 4, top() + 9 + kLineHeight * mark_row_, on_left ? "end" : "start",
       label, "small");
}

Html Plot::html(std::string_view accessible_name) const {
  return {fmt::format(
      "<div class=\"scroll\"><svg class=\"plot\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" "
      "aria-label=\"{}\">\n{}</svg></div>",
      width_, height_, html_text(accessible_name).code, body_)};
}

Html curve_legend(std::span<const std::string> names) {
  // One curve needs no telling apart.
  if (names.size() < 2) return {};
  std::string code = "<p class=\"legend\">";
  for (std::size_t i = 0; i < names.size(); ++i) {
    code += fmt::format("<span><i class=\"s{}\"></i>{}</span>", i % kSeriesColors,
                        html_text(names[i]).code);
  }
  return {code + "</p>"};
}

}  // namespace attune
