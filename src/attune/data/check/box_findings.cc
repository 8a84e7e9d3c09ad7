#include "attune/data/check/box_findings.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/boxes/box_statistics.h"
#include "attune/data/check/class_findings.h"
#include "attune/data/check/counted.h"
#include "attune/data/check/example_findings.h"
#include "attune/data/check/picture_findings.h"

namespace attune {
namespace {

constexpr double kTinyBox = 2;           // pixels; strides of detectors begin at 8
constexpr std::int64_t kFewBoxes = 20;   // below, results of a class are chance
constexpr std::int64_t kManyTimes = 20;  // as of examples (class_findings.cc)
constexpr std::size_t kMostListed = 1000;

ExampleId example_of(std::size_t part, std::int64_t index) {
  return {static_cast<std::int32_t>(part), index};
}

std::string box_words(const BoxDataset& data, std::int64_t example, std::int64_t place,
                      std::int64_t class_id, const Box& box) {
  return fmt::format("{}: {} {:.6g} {:.6g} {:.6g} {:.6g}", data.place_name(example, place),
                     data.label_names[static_cast<std::size_t>(class_id)], box.left, box.top,
                     box.right, box.bottom);
}

/// Calls `use(part, index, data, example)` for every picture.
template <typename Use>
void for_pictures(const BoxParts& parts, const Use& use) {
  const auto all = parts.parts();
  for (std::size_t p = 0; p < all.size(); ++p) {
    const BoxDataset& data = *all[p].second;
    for (std::int64_t i = 0; i < data.size(); ++i) {
      use(p, i, data, data.examples[static_cast<std::size_t>(i)]);
    }
  }
}

/// Adds a finding that has examples, with its sentence on so many `units`.
void add_counted(Finding finding, std::string_view units, std::string_view of_one,
                 std::string_view of_many, DataCheck& check) {
  if (finding.examples.empty()) return;
  finding.text = counted(std::ssize(finding.examples), units, "", of_one, of_many);
  check.add(std::move(finding));
}

std::string boxes_text(const BoxDataset& data, std::int64_t index) {
  std::map<std::int64_t, std::int64_t> counts;
  for (const LabelledBox& box : data.examples[static_cast<std::size_t>(index)].boxes) {
    ++counts[box.class_id];
  }
  std::vector<std::string> texts;
  for (const auto& [id, count] : counts) {
    texts.push_back(fmt::format("{} {}", count, data.label_names[static_cast<std::size_t>(id)]));
  }
  return texts.empty() ? "no boxes" : join(texts, ", ");
}

}  // namespace

void find_faulty_boxes(const BoxParts& parts, DataCheck& check) {
  Finding clipped{.severity = Severity::note,
                  .kind = "boxes_that_leave_pictures",
                  .advice = "where many do, labels may be of pictures of another size"};
  Finding outside{.severity = Severity::warning,
                  .kind = "boxes_outside_pictures",
                  .advice = "labels may be of other pictures, or of another size"};
  Finding empty{.severity = Severity::warning,
                .kind = "boxes_without_area",
                .advice = "draw them again, or take them out of the labels"};
  for_pictures(
      parts, [&](std::size_t p, std::int64_t i, const BoxDataset& data, const BoxExample& example) {
        for (const FaultyBox& faulty : example.faults) {
          Finding& finding = faulty.fault == BoxFault::clipped   ? clipped
                             : faulty.fault == BoxFault::outside ? outside
                                                                 : empty;
          finding.examples.push_back(
              {{example_of(p, i)}, box_words(data, i, faulty.place, faulty.class_id, faulty.box)});
        }
      });
  add_counted(std::move(empty), "boxes", "has no area, and is left out",
              "have no area, and are left out", check);
  add_counted(std::move(outside), "boxes", "lies outside of its picture, and is left out",
              "lie outside of their pictures, and are left out", check);
  add_counted(std::move(clipped), "boxes", "reaches beyond its picture, and is cut at its edge",
              "reach beyond their pictures, and are cut at their edges", check);
}

void find_repeated_boxes(const BoxParts& parts, DataCheck& check) {
  Finding same{.severity = Severity::warning,
               .kind = "duplicate_boxes",
               .advice = "an object counts as often as it is labelled: take the others out"};
  Finding other{.severity = Severity::warning,
                .kind = "boxes_of_two_classes",
                .advice = "a detector gives an object one class: take the wrong one out"};
  for_pictures(
      parts, [&](std::size_t p, std::int64_t i, const BoxDataset& data, const BoxExample& example) {
        std::map<std::tuple<double, double, double, double>, std::vector<std::int64_t>> classes;
        for (std::size_t b = 0; b < example.boxes.size(); ++b) {
          const auto& [box, id, crowd, difficult, area] = example.boxes[b];
          auto& seen = classes[{box.left, box.top, box.right, box.bottom}];
          if (!seen.empty()) {
            const bool is_same = std::ranges::find(seen, id) != seen.end();
            (is_same ? same : other)
                .examples.push_back(
                    {{example_of(p, i)}, box_words(data, i, example.places[b], id, box)});
          }
          seen.push_back(id);
        }
      });
  add_counted(std::move(same), "boxes", "is in its picture's labels already",
              "are in their pictures' labels already", check);
  add_counted(std::move(other), "boxes", "is in its picture's labels already, with another class",
              "are in their pictures' labels already, with other classes", check);
}

void find_tiny_boxes(const BoxParts& parts, DataCheck& check) {
  Finding tiny{.severity = Severity::note,
               .kind = "tiny_boxes",
               .advice = "slips of the mouse, most often: look at them"};
  for_pictures(
      parts, [&](std::size_t p, std::int64_t i, const BoxDataset& data, const BoxExample& example) {
        for (std::size_t b = 0; b < example.boxes.size(); ++b) {
          const LabelledBox& box = example.boxes[b];
          if (std::min(box.box.width(), box.box.height()) >= kTinyBox) continue;
          tiny.examples.push_back(
              {{example_of(p, i)}, box_words(data, i, example.places[b], box.class_id, box.box)});
        }
      });
  add_counted(std::move(tiny), "boxes", "is less than two pixels wide or high",
              "are less than two pixels wide or high", check);
}

void find_unlabelled_pictures(const BoxParts& parts, DataCheck& check) {
  Finding background{.severity = Severity::note,
                     .kind = "pictures_without_boxes",
                     .advice =
                         "what they show counts as nothing to find; where they are just not "
                         "labelled yet, take them out"};
  for_pictures(parts,
               [&](std::size_t p, std::int64_t i, const BoxDataset&, const BoxExample& example) {
                 if (example.boxes.empty()) background.examples.push_back({{example_of(p, i)}, ""});
               });
  add_counted(std::move(background), "pictures", "has no box: background",
              "have no box: background", check);
  std::vector<std::string> unlabelled, orphans;
  const auto take = [](const std::vector<std::string>& from, std::vector<std::string>& to) {
    to.insert(to.end(), from.begin(),
              from.begin() + static_cast<std::ptrdiff_t>(std::min(from.size(), kMostListed)));
  };
  std::int64_t unlabelled_count = 0, orphan_count = 0;
  for (const auto& [name, data] : parts.parts()) {
    take(data->unlabelled, unlabelled);
    take(data->orphans, orphans);
    unlabelled_count += std::ssize(data->unlabelled);
    orphan_count += std::ssize(data->orphans);
  }
  if (unlabelled_count > 0) {
    check.add({.severity = Severity::note,
               .kind = "pictures_without_labels",
               .text = counted(unlabelled_count, "pictures", "", "has no labels, and is left out",
                               "have no labels, and are left out"),
               .lines = unlabelled});
  }
  if (orphan_count > 0) {
    check.add(
        {.severity = Severity::warning,
         .kind = "labels_without_pictures",
         .text = counted(orphan_count, "files", " of labels", "has no picture", "have no pictures"),
         .advice = "are pictures missing, or named otherwise?",
         .lines = orphans});
  }
}

void find_turned_pictures(const BoxParts& parts, DataCheck& check) {
  Finding turned{.severity = Severity::note,
                 .kind = "turned_boxes",
                 .advice = "EXIF turns the pictures, and labels are of them as stored"};
  Finding unknown{
      .severity = Severity::warning,
      .kind = "orientation_not_told",
      .advice =
          "boxes are taken for those of the pictures as viewers show them: look whether "
          "they fit; programs that do not read EXIF label pictures as they are stored"};
  for_pictures(parts,
               [&](std::size_t p, std::int64_t i, const BoxDataset&, const BoxExample& example) {
                 const std::string detail = fmt::format("orientation {}", example.orientation);
                 if (example.is_turned) turned.examples.push_back({{example_of(p, i)}, detail});
                 if (example.may_be_turned)
                   unknown.examples.push_back({{example_of(p, i)}, detail});
               });
  add_counted(std::move(turned), "pictures", "is turned, and its boxes with it",
              "are turned, and their boxes with them", check);
  add_counted(std::move(unknown), "pictures",
              "is turned or mirrored by EXIF, and its labels do not tell whether they are too",
              "are turned or mirrored by EXIF, and their labels do not tell whether they are too",
              check);
}

void find_rare_classes(const BoxParts& parts, DataCheck& check) {
  const std::vector<std::string>& names = parts.train.label_names;
  const std::vector<std::int64_t> counts = parts.train.box_counts();
  std::vector<std::string> few;
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (counts[c] > 0 && counts[c] < kFewBoxes) {
      few.push_back(fmt::format("{} ({})", names[c], counts[c]));
    }
  }
  if (!few.empty()) {
    check.add({.severity = Severity::warning,
               .kind = "classes_with_few_boxes",
               .text = fmt::format("fewer than {} boxes to learn from: {}", kFewBoxes,
                                   shorten_utf8(join(few, ", "), 200)),
               .advice = "gather more, or put classes together",
               .lines = few});
  }
  if (counts.empty()) return;
  const auto [least, most] = std::ranges::minmax_element(counts);
  if (*least == 0 || *most < kManyTimes * *least) return;
  check.add({.severity = Severity::note,
             .kind = "unbalanced_classes",
             .text = fmt::format(
                 "\"{}\" has {} boxes, \"{}\" has {}",
                 names[static_cast<std::size_t>(most - counts.begin())], with_thousands(*most),
                 names[static_cast<std::size_t>(least - counts.begin())], with_thousands(*least)),
             .advice = "a mean over classes (mAP) counts both alike; look at each"});
}

DataCheck check_boxes(const BoxParts& parts, const std::vector<ImageScan>& scans,
                      std::optional<OnBadRow> policy) {
  DataCheck check{.unit = BoxDataset::kUnit, .statistics = box_statistics(parts, scans)};
  check.show = [all = parts.parts()](ExampleId id) -> ShownExample {
    const auto& [name, data] = all[static_cast<std::size_t>(id.part)];
    return {name, data->source_name(id.index), boxes_text(*data, id.index), ""};
  };
  if (policy) add_bad_rows(parts.bad_rows(), *policy, check);
  find_split_groups<BoxDataset>(parts.parts(), Severity::problem, check);
  std::vector<PartCounts> counts;
  std::vector<std::string> names;
  for (const auto& [name, data] : parts.parts()) {
    counts.emplace_back(name, data->picture_counts());
    names.push_back(name);
  }
  find_class_findings(LabelKind::multi_label, parts.train.label_names, counts, check);
  find_rare_classes(parts, check);
  find_faulty_boxes(parts, check);
  find_repeated_boxes(parts, check);
  find_tiny_boxes(parts, check);
  find_unlabelled_pictures(parts, check);
  find_turned_pictures(parts, check);
  find_scan_findings(names, scans, check);
  add_pairs<BoxDataset>(check.statistics.equal, parts.parts(), "duplicates", "the same pixels",
                        check);
  add_pairs<BoxDataset>(like_pictures(scans), parts.parts(), "near_duplicates",
                        "nearly the same to the eye", check);
  return check;
}

}  // namespace attune
