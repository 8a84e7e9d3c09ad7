#include "attune/data/boxes/reading/settle_boxes.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/progress.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/base/text/utf8.h"
#include "attune/base/threads.h"
#include "attune/data/boxes/reading/picture_header.h"
#include "attune/data/labels/label_text.h"

namespace attune {
namespace {

constexpr double kMostFraction = 2;  // a box may reach beyond its picture, but not so far
constexpr double kNoticed = 1;       // pixels: less is how tools round

/// What has become of a picture's labels: what cannot be used, and of how many boxes it was.
struct Settled {
  std::string problem;            ///< of the picture as a whole
  std::int64_t line = 0;          ///< where; 0: the file's as a whole
  std::vector<BadRow> bad_boxes;  ///< of these the rest of the picture is used
};

std::string size_text(Size size) {
  return fmt::format("{} x {}", size.width, size.height);
}

std::string box_text(const Box& box) {
  return fmt::format("{:g} {:g} {:g} {:g}", box.left, box.top, box.right, box.bottom);
}

bool is_finite(const LabelledBox& labelled) {
  const Box& box = labelled.box;
  return std::isfinite(box.left) && std::isfinite(box.top) && std::isfinite(box.right) &&
         std::isfinite(box.bottom) && std::isfinite(labelled.area);
}

double largest(const Box& box) {
  return std::max(std::max(std::abs(box.left), std::abs(box.top)),
                  std::max(std::abs(box.right), std::abs(box.bottom)));
}

/// New ids of the classes that were found; -1: not among the given ones.
struct ClassMap {
  std::vector<std::int64_t> ids;
  std::vector<std::string> names;
  std::vector<std::int64_t> category_ids;
};

ClassMap map_classes(FoundBoxes& found, const std::vector<std::string>& labels) {
  ClassMap map;
  const std::vector<std::string> before = found.classes.names();
  if (!labels.empty()) {
    LabelNames wanted(labels);
    for (const std::string& name : before) map.ids.push_back(wanted.find(name).value_or(-1));
    map.names = labels;
  } else if (found.is_ordered) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      map.ids.push_back(static_cast<std::int64_t>(i));
    }
    map.names = before;
  } else {
    map.ids = found.classes.sort();
    map.names = found.classes.names();
  }
  if (found.category_ids.empty()) return map;
  map.category_ids.assign(map.names.size(), -1);
  for (std::size_t i = 0; i < map.ids.size(); ++i) {
    if (map.ids[i] < 0) continue;
    map.category_ids[static_cast<std::size_t>(map.ids[i])] = found.category_ids[i];
  }
  return map;
}

/// Pixels none of which is above 1 are fractions, whoever wrote them.
void check_unit(const FoundBoxes& found, BoxUnit unit, const std::string& name) {
  if (unit != BoxUnit::pixels) return;
  bool has_box = false;
  for (const FoundPicture& picture : found.pictures) {
    for (const LabelledBox& box : picture.example.boxes) {
      if (largest(box.box) > 1) return;
      has_box = has_box || largest(box.box) > 0;
    }
  }
  check(!has_box, ErrorKind::data,
        "{}: coordinates of boxes are all between -1 and 1, expected pixels; where they are "
        "fractions of the picture set --box-unit fractions",
        name);
}

class Settler {
 public:
  Settler(const FoundBoxes& found, const ClassMap& classes, BoxUnit unit, OtherSize other_size)
      : found_(found),
        classes_(classes),
        known_(classes.names),
        unit_(unit),
        other_size_(other_size) {}

  Settled settle(FoundPicture& picture) const {
    Settled result;
    BoxExample& example = picture.example;
    const PictureHeader header = read_picture_header(example.path);
    result.problem = header.problem;
    if (!result.problem.empty()) return result;
    example.size = header.shown;
    example.orientation = header.orientation;
    double across = 1, down = 1;
    result.problem = find_frame(picture, header, across, down);
    std::vector<LabelledBox> boxes = std::move(example.boxes);
    std::vector<std::int64_t> places = std::move(example.places);
    example.boxes.clear();
    example.places.clear();
    for (std::size_t i = 0; i < boxes.size() && result.problem.empty(); ++i) {
      LabelledBox& box = boxes[i];
      result.problem = number_problem(box, places[i]);
      if (found_.place == BoxPlace::line) result.line = places[i];
      const std::int64_t id = classes_.ids[static_cast<std::size_t>(box.class_id)];
      if (id < 0) {
        result.bad_boxes.push_back(unknown_class(box, example, places[i]));
        continue;
      }
      box.class_id = id;
      box.box = {box.box.left * across, box.box.top * down, box.box.right * across,
                 box.box.bottom * down};
      if (box.area >= 0) box.area *= across * down;
      if (example.is_turned) {
        box.box = apply_orientation(box.box, header.stored, header.orientation);
      }
      put(box, places[i], example);
    }
    return result;
  }

 private:
  /// What coordinates are to be multiplied with, and whether boxes are to be turned; returns what
  /// is wrong with the stated size, or "".
  std::string find_frame(FoundPicture& picture, const PictureHeader& header, double& across,
                         double& down) const {
    BoxExample& example = picture.example;
    const bool is_transposed = header.orientation >= 5 && header.stored != header.shown;
    example.is_turned = picture.stated && *picture.stated == header.stored && is_transposed;
    const bool is_told = picture.stated && is_transposed;
    example.may_be_turned = header.orientation != 1 && !is_told && !example.boxes.empty();
    const Size frame = example.is_turned ? header.stored : header.shown;
    if (unit_ == BoxUnit::fractions) {
      across = static_cast<double>(frame.width);
      down = static_cast<double>(frame.height);
      return "";
    }
    if (!picture.stated || *picture.stated == frame) return "";
    if (other_size_ == OtherSize::scale) {
      across = static_cast<double>(frame.width) / static_cast<double>(picture.stated->width);
      down = static_cast<double>(frame.height) / static_cast<double>(picture.stated->height);
    }
    if (other_size_ != OtherSize::error) return "";
    return fmt::format(
        "its labels are for a picture of {}, but {} is of {}; give the pictures that were "
        "labelled, or set --other-size scale (boxes shrink and grow with the picture) or keep "
        "(they are pixels of this picture)",
        size_text(*picture.stated), example.path, size_text(frame));
  }

  std::string number_problem(const LabelledBox& box, std::int64_t place) const {
    if (!is_finite(box)) {
      return fmt::format("{}the box {} has a number that is not finite", element(place),
                         box_text(box.box));
    }
    if (unit_ != BoxUnit::fractions || largest(box.box) <= kMostFraction) return "";
    return fmt::format(
        "{}the box {} is no fraction of the picture, which is between 0 and 1; where coordinates "
        "are pixels set --box-unit pixels",
        element(place), box_text(box.box));
  }

  /// A place that is no line, which stands before a message.
  std::string element(std::int64_t place) const {
    return found_.place == BoxPlace::line ? "" : place_text(found_.place, place) + ": ";
  }

  BadRow unknown_class(const LabelledBox& box, const BoxExample& example,
                       std::int64_t place) const {
    const std::string& name = found_.classes.names()[static_cast<std::size_t>(box.class_id)];
    return {.file = found_.files[static_cast<std::size_t>(example.file)],
            .line = found_.place == BoxPlace::line ? place : 0,
            .reason = fmt::format("{}unknown class \"{}\"{}", element(place),
                                  shorten_utf8(name, 60), did_you_mean(name, known_))};
  }

  static void put(LabelledBox box, std::int64_t place, BoxExample& example) {
    const auto fault = [&](BoxFault kind) {
      example.faults.push_back({kind, box.box, box.class_id, place});
    };
    if (box.box.width() <= 0 || box.box.height() <= 0) return fault(BoxFault::empty);
    const Box inside = clipped(box.box, example.size);
    if (inside.area() <= 0) return fault(BoxFault::outside);
    const double over =
        std::max(std::max(inside.left - box.box.left, inside.top - box.box.top),
                 std::max(box.box.right - inside.right, box.box.bottom - inside.bottom));
    if (over > kNoticed) fault(BoxFault::clipped);
    box.box = inside;
    FoundBoxes::add_box(example, box, place);
  }

  const FoundBoxes& found_;
  const ClassMap& classes_;
  const std::vector<std::string>& known_;
  BoxUnit unit_;
  OtherSize other_size_;
};

std::vector<Settled> settle_all(FoundBoxes& found, const Settler& settler, std::int64_t threads) {
  std::vector<Settled> settled(found.pictures.size());
  const auto total = std::ssize(found.pictures);
  std::atomic<std::int64_t> done = 0;
  parallel_for(total, 1, static_cast<int>(threads), [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      if (!found.pictures[i].is_bad) settled[i] = settler.settle(found.pictures[i]);
      const std::int64_t now = ++done;
      if (now % 1024 != 0 && now != total) continue;
      report_progress({.activity = "look at pictures",
                       .done = now,
                       .total = total,
                       .unit = "pictures",
                       .finished = now == total});
    }
  });
  return settled;
}

void tell_turned(const BoxDataset& data, const std::string& name) {
  std::vector<std::string> turned;
  std::int64_t count = 0;
  for (const BoxExample& example : data.examples) {
    if (!example.is_turned) continue;
    ++count;
    if (turned.size() < 5) turned.push_back(example.path);
  }
  if (count == 0) return;
  log_info(
      "{}: {} pictures are turned as their EXIF orientation says, and the boxes with them, which "
      "were drawn on the pictures as stored: {}{}",
      name, with_thousands(count), join(turned, ", "), count > std::ssize(turned) ? ", ..." : "");
}

void tell_left_out(const BoxDataset& data, const std::string& name) {
  if (!data.unlabelled.empty()) {
    log_info(
        "{}: {} pictures are left out, for no file labels them, as {}; whether they show nothing "
        "to find is not known",
        name, with_thousands(std::ssize(data.unlabelled)), data.unlabelled.front());
  }
  if (!data.orphans.empty()) {
    log_warning("{}: {} files of labels have no picture, as {}", name,
                with_thousands(std::ssize(data.orphans)), data.orphans.front());
  }
}

}  // namespace

BoxDataset settle_boxes(FoundBoxes found, const std::string& name, const SettleOptions& options) {
  const BoxUnit unit = options.unit.value_or(found.unit);
  check_unit(found, unit, name);
  FoundBoxes names{
      .classes = found.classes, .is_ordered = found.is_ordered, .category_ids = found.category_ids};
  const ClassMap classes = map_classes(names, options.labels);
  if (options.labels.empty()) warn_of_lookalikes(classes.names, name, "classes");
  const Settler settler(found, classes, unit, options.other_size);
  std::vector<Settled> settled = settle_all(found, settler, options.threads);
  BoxDataset data{
      .label_names = classes.names, .category_ids = classes.category_ids, .place = found.place};
  BadRowCollector bad(options.on_bad_row);
  std::int64_t total = 0;
  for (BadRow& row : found.bad_rows) bad.add(std::move(row));
  for (std::size_t i = 0; i < found.pictures.size(); ++i) {
    FoundPicture& picture = found.pictures[i];
    BoxExample& example = picture.example;
    total += std::max<std::int64_t>(1, std::ssize(example.boxes) + std::ssize(example.faults));
    const bool is_used = !picture.is_bad && settled[i].problem.empty();
    if (!settled[i].problem.empty()) {
      bad.add({.file = example.file < 0 ? example.path
                                        : found.files[static_cast<std::size_t>(example.file)],
               .line = settled[i].line > 0 ? settled[i].line : example.line,
               .reason = settled[i].problem});
    }
    for (BadRow& row : settled[i].bad_boxes) bad.add(std::move(row));
    if (is_used) data.examples.push_back(std::move(example));
  }
  LabelNames known(classes.names.empty() ? std::vector<std::string>{} : classes.names);
  bad.finish(name, std::max(total, bad.count()), options.labels.empty() ? "" : known.list_text());
  data.files = std::move(found.files);
  data.bad_rows = bad.rows();
  data.unlabelled = std::move(found.unlabelled);
  data.orphans = std::move(found.orphans);
  if (data.examples.empty()) {
    const Error error(ErrorKind::data, fmt::format("{}: none of its {} pictures can be used", name,
                                                   with_thousands(std::ssize(found.pictures))));
    if (data.bad_rows.empty()) throw error;
    throw ErrorBesideBadRows(error, data.bad_rows);
  }
  tell_turned(data, name);
  tell_left_out(data, name);
  return data;
}

}  // namespace attune
