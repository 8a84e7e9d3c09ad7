#include "attune/data/boxes/formats/coco.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/boxes/formats/coco_mask.h"
#include "attune/data/labels/label_text.h"
#include "attune/data/readers/json_stream.h"

namespace attune {
namespace {

namespace dom = simdjson::dom;

constexpr double kMostWhole = 9e15;  // doubles below are whole to the last digit

std::optional<double> number_of(const dom::element& value) {
  double number = 0;
  if (value.is_string() || value.is_bool() || value.get(number)) return std::nullopt;
  return number;
}

std::optional<double> coco_number(const dom::object& object, const char* key) {
  dom::element value;
  if (object[key].get(value)) return std::nullopt;
  return number_of(value);
}

std::string_view text_at(const dom::object& object, const char* key) {
  std::string_view text;
  if (object[key].get(text)) return {};
  return text;
}

bool is_flag_set(const dom::object& object, const char* key) {
  dom::element value;
  if (object[key].get(value)) return false;
  bool flag = false;
  if (!value.get(flag)) return flag;
  return number_of(value).value_or(0) != 0;
}

/// An id, which is a number most often and a text in some exports; "" where there is none.
std::string id_at(const dom::object& object, const char* key) {
  const std::string_view text = text_at(object, key);
  if (!text.empty()) return std::string(text);
  const auto number = coco_number(object, key);
  if (!number || *number != std::floor(*number) || std::abs(*number) > kMostWhole) return "";
  return std::to_string(static_cast<std::int64_t>(*number));
}

std::optional<std::int64_t> integer_of(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Widens `box`, which is inside out at first, by the points x, y, x, y ...
bool add_points(const dom::array& polygon, Box& box) {
  std::size_t index = 0;
  for (const auto value : polygon) {
    const auto number = number_of(value);
    if (!number) return false;
    double& low = index % 2 == 0 ? box.left : box.top;
    double& high = index % 2 == 0 ? box.right : box.bottom;
    low = std::min(low, *number);
    high = std::max(high, *number);
    ++index;
  }
  return index >= 4 && index % 2 == 0;
}

std::optional<Box> box_of_polygons(const dom::array& polygons) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  Box box{kFar, kFar, -kFar, -kFar};
  bool has_any = false;
  for (const auto value : polygons) {
    dom::array polygon;
    if (value.get(polygon) || !add_points(polygon, box)) return std::nullopt;
    has_any = true;
  }
  return has_any ? std::optional(box) : std::nullopt;
}

std::optional<Box> box_of_runs(const dom::object& mask) {
  dom::array size;
  if (mask["size"].get(size)) return std::nullopt;
  std::vector<std::int64_t> sides;
  for (const auto value : size) {
    const auto side = number_of(value);
    if (!side || !(*side >= 1 && *side < 1e9)) return std::nullopt;
    sides.push_back(static_cast<std::int64_t>(*side));
  }
  if (sides.size() != 2) return std::nullopt;
  std::optional<std::vector<std::int64_t>> runs;
  dom::array list;
  if (!mask["counts"].get(list)) {
    runs.emplace();
    for (const auto value : list) {
      const auto run = number_of(value);
      if (!run || !(*run >= 0 && *run < kMostWhole)) return std::nullopt;
      runs->push_back(static_cast<std::int64_t>(*run));
    }
  } else {
    runs = decompress_run_lengths(text_at(mask, "counts"));
  }
  return runs ? box_of_run_lengths(*runs, {sides[0], sides[1]}) : std::nullopt;
}

/// Returns what is wrong, or "".
std::string read_coco_box(const dom::object& annotation, Box& box) {
  dom::array list;
  if (!annotation["bbox"].get(list) && list.size() > 0) {
    double numbers[4] = {};
    std::size_t count = 0;
    for (const auto value : list) {
      const auto number = number_of(value);
      if (!number) return "its bbox holds what is no number";
      if (count < 4) numbers[count] = *number;
      ++count;
    }
    if (count != 4) {
      return fmt::format("its bbox has {} numbers, expected x, y, width and height", count);
    }
    box = box_from_corner(numbers[0], numbers[1], numbers[2], numbers[3]);
    return "";
  }
  dom::element segmentation;
  if (annotation["segmentation"].get(segmentation)) return "it has neither bbox nor segmentation";
  dom::array polygons;
  dom::object mask;
  std::optional<Box> found;
  if (!segmentation.get(polygons)) {
    found = box_of_polygons(polygons);
  } else if (!segmentation.get(mask)) {
    found = box_of_runs(mask);
  }
  if (!found) return "it has no bbox, and its segmentation is no polygons or run lengths";
  box = *found;
  return "";
}

/// Collects the elements of the three lists in whatever order they come.
class CocoParser {
 public:
  explicit CocoParser(std::unique_ptr<ByteSource> source) : stream_(std::move(source)) {}

  CocoLabels parse() {
    labels_.found.place = BoxPlace::annotation;
    labels_.found.is_ordered = true;
    labels_.found.add_file(stream_.name());
    check_begin();
    std::string key;
    std::vector<std::string> keys;
    while (stream_.next_key(key)) {
      const auto list = [&](void (CocoParser::*add)(const dom::object&)) {
        check_once(key);
        if (!stream_.each([&](std::string_view text) { (this->*add)(parse_element(text, key)); })) {
          stream_.fail("\"{}\" is no list", key);
        }
      };
      if (key == "images") {
        list(&CocoParser::add_image);
      } else if (key == "annotations") {
        list(&CocoParser::add_annotation);
      } else if (key == "categories") {
        list(&CocoParser::add_category);
      } else {
        stream_.skip();
        if (keys.size() < 10) keys.push_back(find_invalid_utf8(key) ? "?" : shorten_utf8(key, 40));
      }
    }
    for (const char* const needed : {"images", "annotations", "categories"}) {
      check(seen_.contains(needed), ErrorKind::data,
            "{}: it has no \"{}\", as COCO's files of instances have{}", stream_.name(), needed,
            keys.empty() ? "" : "; it has " + join(keys, ", "));
    }
    settle();
    return std::move(labels_);
  }

 private:
  void check_begin() {
    if (stream_.peek() == '[') {
      stream_.fail(
          "a list, where an object with images, annotations and categories was expected; results "
          "of a detector are such a list, and are no labels");
    }
  }

  void check_once(const std::string& key) {
    if (!seen_.insert(key).second) stream_.fail("\"{}\" stands twice", key);
  }

  dom::object parse_element(std::string_view text, const std::string& key) {
    if (++elements_ % 4096 == 0) check_stop();
    dom::element element;
    const auto error =
        parser_.parse(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), false)
            .get(element);
    if (error) {
      const bool has_nan = text.find("NaN") != text.npos || text.find("Infinity") != text.npos;
      stream_.fail("an element of \"{}\" is no valid JSON ({}){}", key,
                   simdjson::error_message(error),
                   has_nan ? "; NaN and Infinity are none of its values" : "");
    }
    dom::object object;
    if (element.get(object)) stream_.fail("an element of \"{}\" is no object", key);
    return object;
  }

  /// The index of an image or category by its id, which may come before or after what uses it.
  static std::size_t index_of(const std::string& id,
                              std::unordered_map<std::string, std::size_t>& ids) {
    return ids.try_emplace(id, ids.size()).first->second;
  }

  std::size_t image_of(const std::string& id) {
    const std::size_t index = index_of(id, image_ids_);
    if (index == labels_.found.pictures.size()) {
      labels_.found.pictures.emplace_back().example.id = id;
      labels_.file_names.emplace_back();
    }
    return index;
  }

  void add_image(const dom::object& image) {
    const std::string id = id_at(image, "id");
    if (id.empty()) stream_.fail("an image has no id that is a whole number or a text");
    const std::size_t index = image_of(id);
    std::string& name = labels_.file_names[index];
    if (!name.empty()) stream_.fail("two images have the id {}", shorten_utf8(id, 60));
    name = text_at(image, "file_name");
    if (name.empty()) {
      // LVIS: http://images.cocodataset.org/train2017/000000391895.jpg
      const fs::path url = text_at(image, "coco_url");
      if (url.has_filename()) name = url.parent_path().filename() / url.filename();
    }
    if (name.empty()) stream_.fail("the image {} has no file_name", shorten_utf8(id, 60));
    FoundPicture& picture = labels_.found.pictures[index];
    picture.example.file = 0;
    const double width = coco_number(image, "width").value_or(0);
    const double height = coco_number(image, "height").value_or(0);
    if (width >= 1 && width < 1e6 && height >= 1 && height < 1e6) {
      picture.stated = Size{static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)};
    }
  }

  void add_category(const dom::object& category) {
    const std::string id = id_at(category, "id");
    const std::string name(text_at(category, "name"));
    if (id.empty()) stream_.fail("a category has no id");
    if (is_blank_text(name)) stream_.fail("the category {} has no name", shorten_utf8(id, 60));
    const std::size_t index = index_of(id, category_ids_);
    if (category_names_.size() <= index) category_names_.resize(index + 1);
    if (!category_names_[index].empty()) {
      stream_.fail("two categories have the id {}", shorten_utf8(id, 60));
    }
    category_names_[index] = name;
  }

  void add_annotation(const dom::object& annotation) {
    ++annotations_;
    const auto id = integer_of(id_at(annotation, "id"));
    const std::int64_t place = id.value_or(annotations_);
    const std::string image = id_at(annotation, "image_id");
    const std::string category = id_at(annotation, "category_id");
    if (image.empty() || category.empty()) {
      return add_bad(place, image.empty() ? "it has no image_id" : "it has no category_id");
    }
    BoxExample& example = labels_.found.pictures[image_of(image)].example;
    LabelledBox box;
    box.class_id = static_cast<std::int64_t>(index_of(category, category_ids_));
    if (std::string problem = read_coco_box(annotation, box.box); !problem.empty()) {
      labels_.found.pictures[image_of(image)].is_bad = true;
      return add_bad(place, problem);
    }
    box.crowd = is_flag_set(annotation, "iscrowd");
    if (const auto area = coco_number(annotation, "area"); area && *area >= 0) box.area = *area;
    FoundBoxes::add_box(example, box, place);
  }

  void add_bad(std::int64_t place, const std::string& problem) {
    labels_.found.bad_rows.push_back(
        {stream_.name(), 0,
         fmt::format("{}: {}", place_text(BoxPlace::annotation, place), problem)});
  }

  /// Categories in the order of their ids, and what refers to nothing taken out.
  void settle() {
    std::vector<std::pair<std::string, std::size_t>> order;
    for (const auto& [id, index] : category_ids_) order.emplace_back(id, index);
    std::ranges::sort(order, [](const auto& a, const auto& b) {
      const auto x = integer_of(a.first), y = integer_of(b.first);
      return x && y ? *x < *y : std::pair(!x, a.first) < std::pair(!y, b.first);
    });
    category_names_.resize(category_ids_.size());
    std::vector<std::int64_t> new_ids(order.size(), -1);
    std::vector<std::int64_t> used(order.size());
    for (const FoundPicture& picture : labels_.found.pictures) {
      for (const LabelledBox& box : picture.example.boxes) {
        ++used[static_cast<std::size_t>(box.class_id)];
      }
    }
    std::vector<std::size_t> first;  // category of each class
    for (const auto& [id, index] : order) {
      const std::string& name = category_names_[index];
      if (name.empty()) continue;
      new_ids[index] = labels_.found.classes.find_or_add(name);
      const auto at = static_cast<std::size_t>(new_ids[index]);
      const std::int64_t category = integer_of(id).value_or(-1);
      if (at == first.size()) {
        first.push_back(index);
        labels_.found.category_ids.push_back(category);
        continue;
      }
      // Roboflow writes its project as a category of no boxes, under a name that a class has too.
      if (used[first[at]] == 0) {
        first[at] = index;
        labels_.found.category_ids[at] = category;
      } else if (used[index] > 0) {
        log_warning("{}: two categories have the name \"{}\"; they are one class", stream_.name(),
                    shorten_utf8(name, 60));
      }
    }
    renumber(new_ids);
  }

  void renumber(const std::vector<std::int64_t>& new_ids) {
    std::vector<std::string> by_index(category_ids_.size());
    for (const auto& [id, index] : category_ids_) by_index[index] = id;
    std::vector<FoundPicture> pictures;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < labels_.found.pictures.size(); ++i) {
      FoundPicture& picture = labels_.found.pictures[i];
      const bool is_known = !labels_.file_names[i].empty();
      for (std::size_t b = 0; b < picture.example.boxes.size(); ++b) {
        std::int64_t& id = picture.example.boxes[b].class_id;
        if (!is_known) {
          add_bad(picture.example.places[b], fmt::format("image_id {} is no image of the file",
                                                         shorten_utf8(picture.example.id, 60)));
        } else if (new_ids[static_cast<std::size_t>(id)] < 0) {
          add_bad(picture.example.places[b],
                  fmt::format("category_id {} is no category of the file",
                              shorten_utf8(by_index[static_cast<std::size_t>(id)], 60)));
          picture.is_bad = true;
        }
        id = std::max<std::int64_t>(new_ids[static_cast<std::size_t>(id)], 0);
      }
      if (!is_known) continue;
      pictures.push_back(std::move(picture));
      names.push_back(std::move(labels_.file_names[i]));
    }
    labels_.found.pictures = std::move(pictures);
    labels_.file_names = std::move(names);
  }

  JsonStream stream_;
  dom::parser parser_;
  CocoLabels labels_;
  std::unordered_set<std::string> seen_;
  std::unordered_map<std::string, std::size_t> image_ids_, category_ids_;
  std::vector<std::string> category_names_;
  std::int64_t elements_ = 0, annotations_ = 0;
};

}  // namespace

CocoLabels parse_coco(std::unique_ptr<ByteSource> source) {
  return CocoParser(std::move(source)).parse();
}

}  // namespace attune
