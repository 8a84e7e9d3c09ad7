// Labels of one picture (Pascal VOC, LabelMe, YOLO) from hostile bytes: no crash, bounded memory,
// and boxes of numbers or a problem.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/data/boxes/formats/labelme.h"
#include "attune/data/boxes/formats/voc.h"
#include "attune/data/boxes/formats/yolo.h"

namespace {

void expect(bool ok) {
  if (!ok) std::abort();
}

bool is_finite(const attune::Box& box) {
  return std::isfinite(box.left) && std::isfinite(box.top) && std::isfinite(box.right) &&
         std::isfinite(box.bottom);
}

void read_voc(std::string_view text) {
  for (const attune::VocObject& object : attune::parse_voc(text, "fuzz").objects) {
    expect(object.line >= 1 && !attune::find_invalid_utf8(object.name));
    expect(!object.problem.empty() || (is_finite(object.box.box) && !object.name.empty()));
  }
}

void read_labelme(std::string_view text) {
  for (const attune::LabelMeShape& shape : attune::parse_labelme(text, "fuzz").shapes) {
    expect(shape.number >= 1 && !attune::find_invalid_utf8(shape.label));
    expect(!shape.problem.empty() || shape.box.left <= shape.box.right);
  }
}

void read_yolo(std::string_view text) {
  const attune::YoloLabels labels = attune::parse_yolo(text, {.classes = 3});
  expect(labels.boxes.size() == labels.lines.size());
  for (const attune::LabelledBox& box : labels.boxes) {
    expect(box.class_id >= 0 && box.class_id < 3 && !std::isnan(box.box.left));
  }
  for (const auto& [line, problem] : labels.problems) {
    expect(line >= 1 && !attune::find_invalid_utf8(problem));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    if (data[0] % 3 == 0) read_voc(text);
    if (data[0] % 3 == 1) read_labelme(text);
    if (data[0] % 3 == 2) read_yolo(text);
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) std::abort();
  }
  return 0;
}
