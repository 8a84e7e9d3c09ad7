#include "attune/data/boxes/formats/labelme.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/boxes/reading/picture_index.h"
#include "attune/data/folder_files.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/labels/label_text.h"

namespace attune {
namespace {

namespace dom = simdjson::dom;

struct Point {
  double x, y;
};

std::optional<std::vector<Point>> read_points(const dom::object& shape) {
  dom::array list;
  if (shape["points"].get(list)) return std::nullopt;
  std::vector<Point> points;
  for (const auto value : list) {
    dom::array pair;
    double x = 0, y = 0;
    if (value.get(pair) || pair.size() != 2 || pair.at(0).get(x) || pair.at(1).get(y)) {
      return std::nullopt;
    }
    points.push_back({x, y});
  }
  return points;
}

Box box_round(const std::vector<Point>& points) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  Box box{kFar, kFar, -kFar, -kFar};
  for (const Point& point : points) {
    box = {std::min(box.left, point.x), std::min(box.top, point.y), std::max(box.right, point.x),
           std::max(box.bottom, point.y)};
  }
  return box;
}

Box joined(const Box& a, const Box& b) {
  return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right),
          std::max(a.bottom, b.bottom)};
}

/// Returns what is wrong, or "".
std::string read_shape_box(const dom::object& shape, Box& box) {
  std::string_view type;
  if (shape["shape_type"].get(type)) type = "polygon";  // files of old versions lack it
  const auto points = read_points(shape);
  if (!points) return "its points are no list of pairs of numbers";
  const std::size_t least = type == "polygon" ? 3 : 2;
  if (type != "rectangle" && type != "polygon" && type != "circle" && type != "mask") {
    return fmt::format("a {} has no box; draw a rectangle or polygon, or leave it out",
                       shorten_utf8(type, 40));
  }
  if (points->size() < least || (type == "circle" && points->size() != 2)) {
    return fmt::format("a {} of {} points", type, points->size());
  }
  box = box_round(*points);
  if (type == "circle") {
    const Point middle = points->front(), rim = points->back();
    const double radius = std::hypot(rim.x - middle.x, rim.y - middle.y);
    box = box_from_center(middle.x, middle.y, 2 * radius, 2 * radius);
  }
  return "";
}

/// Joins shapes that are parts of one object.
void add_shape(LabelMeShape shape, const dom::object& from, std::vector<LabelMeShape>& shapes,
               std::map<std::pair<std::string, std::int64_t>, std::size_t>& groups) {
  std::int64_t group = 0;
  if (shape.problem.empty() && !from["group_id"].get(group)) {
    const auto [first, is_new] = groups.try_emplace({shape.label, group}, shapes.size());
    if (!is_new) {
      shapes[first->second].box = joined(shapes[first->second].box, shape.box);
      return;
    }
  }
  shapes.push_back(std::move(shape));
}

}  // namespace

LabelMeAnnotation parse_labelme(std::string_view bytes, const std::string& name) {
  simdjson::dom::parser parser;
  dom::element root;
  const auto error = parser.parse(simdjson::padded_string(bytes)).get(root);
  check(!error, ErrorKind::data, "{}: it is no valid JSON ({})", name,
        simdjson::error_message(error));
  dom::object annotation;
  dom::array shapes;
  check(!root.get(annotation) && !annotation["shapes"].get(shapes), ErrorKind::data,
        "{}: it has no list \"shapes\", as files of LabelMe have", name);
  LabelMeAnnotation result;
  std::string_view text;
  if (!annotation["imagePath"].get(text)) result.image_path = text;
  double width = 0, height = 0;
  if (!annotation["imageWidth"].get(width) && !annotation["imageHeight"].get(height) &&
      width >= 1 && width < 1e6 && height >= 1 && height < 1e6) {
    result.size = Size{static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)};
  }
  std::map<std::pair<std::string, std::int64_t>, std::size_t> groups;
  std::int64_t number = 0;
  for (const auto value : shapes) {
    LabelMeShape shape{.number = ++number};
    dom::object from;
    if (value.get(from)) {
      shape.problem = "it is no object";
      result.shapes.push_back(std::move(shape));
      continue;
    }
    if (!from["label"].get(text)) shape.label = text;
    shape.problem =
        is_blank_text(shape.label) ? "it has no label" : read_shape_box(from, shape.box);
    add_shape(std::move(shape), from, result.shapes, groups);
  }
  return result;
}

namespace {

/// The annotations under a folder, with their pictures.
class LabelMeFolder {
 public:
  LabelMeFolder(const fs::path& folder, const LabelFileOptions& options)
      : root_(options.root.empty() ? folder : options.root), folder_(folder), index_(root_) {
    found_.place = BoxPlace::shape;
    is_taken_.resize(index_.pictures().size());
  }

  void read(const std::string& file) {
    FoundPicture picture;
    try {
      const LabelMeAnnotation annotation = parse_labelme(read_file(file, kMaxLabelBytes), file);
      auto found = index_.find(file);
      if (!found && !annotation.image_path.empty()) {
        found = index_.find_named(annotation.image_path, file);
      }
      if (!found) {
        throw RowProblem{
            fmt::format("there is no picture of its name{}; --root says where pictures are",
                        annotation.image_path.empty()
                            ? ""
                            : fmt::format(", nor {}", shorten_utf8(annotation.image_path, 100)))};
      }
      picture.example.path = index_.pictures()[*found];
      const auto [first, is_new] = labelled_by_.try_emplace(picture.example.path, file);
      if (!is_new) {
        throw RowProblem{
            fmt::format("its picture {} has labels in {} already", first->first, first->second)};
      }
      is_taken_[*found] = true;
      picture.example.file = found_.add_file(file);
      picture.example.split = split_of_folders(file, folder_);
      picture.stated = annotation.size;
      add_shapes(annotation, file, picture);
      found_.pictures.push_back(std::move(picture));
    } catch (const RowProblem& problem) {
      found_.bad_rows.push_back({file, 0, problem.reason});
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::internal) throw;
      const std::string text = error.what();
      const bool is_named = text.starts_with(file + ": ");
      found_.bad_rows.push_back({file, 0, is_named ? text.substr(file.size() + 2) : text});
    }
  }

  FoundBoxes take(bool is_folder) {
    for (std::size_t i = 0; is_folder && i < is_taken_.size(); ++i) {
      if (!is_taken_[i]) found_.unlabelled.push_back(index_.pictures()[i]);
    }
    const bool has_split = std::ranges::any_of(found_.pictures, [](const FoundPicture& picture) {
      return picture.example.split != GivenSplit::none;
    });
    if (has_split) check_all_split(found_, folder_.string());
    return std::move(found_);
  }

 private:
  void add_shapes(const LabelMeAnnotation& annotation, const std::string& file,
                  FoundPicture& picture) {
    for (const LabelMeShape& shape : annotation.shapes) {
      if (!shape.problem.empty()) {
        found_.bad_rows.push_back(
            {file, 0,
             fmt::format("{}: {}", place_text(BoxPlace::shape, shape.number), shape.problem)});
        picture.is_bad = true;
        continue;
      }
      const LabelledBox box{.box = shape.box, .class_id = found_.classes.find_or_add(shape.label)};
      FoundBoxes::add_box(picture.example, box, shape.number);
    }
  }

  fs::path root_, folder_;
  PictureIndex index_;
  FoundBoxes found_;
  std::vector<bool> is_taken_;
  std::unordered_map<std::string, std::string> labelled_by_;  ///< picture to annotation
};

}  // namespace

FoundBoxes read_labelme(const fs::path& path, const LabelFileOptions& options) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    LabelMeFolder one(path.has_parent_path() ? path.parent_path() : fs::path("."), options);
    one.read(path.string());
    return one.take(false);
  }
  LabelMeFolder folder(path, options);
  std::int64_t count = 0;
  for (const std::string& file : files_below(path)) {
    if (to_lower_ascii(fs::path(file).extension().string()) != ".json") continue;
    check_stop();
    ++count;
    folder.read(file);
  }
  check(count > 0, ErrorKind::user, "{}: there is no .json file in it or below", path.string());
  return folder.take(true);
}

}  // namespace attune
