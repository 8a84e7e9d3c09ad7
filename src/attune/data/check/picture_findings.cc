#include "attune/data/check/picture_findings.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/data/check/counted.h"
#include "attune/data/check/example_findings.h"
#include "attune/data/folder_files.h"
#include "attune/media/image/perceptual_hash.h"

namespace attune {
namespace {

constexpr std::int64_t kTinySide = 16;  // below, most networks see hardly more than a colour
constexpr std::int64_t kLongRatio = 4;  // squeezed or cut to a square, little of it is left

ExampleId id_of(std::size_t part, std::size_t index) {
  return {static_cast<std::int32_t>(part), static_cast<std::int64_t>(index)};
}

void find_left_out_files(const ImageParts& parts, DataCheck& check) {
  std::vector<std::string> files;
  for (const auto& [name, part] : parts.parts()) {
    files.insert(files.end(), part->skipped_files.begin(), part->skipped_files.end());
  }
  if (files.empty()) return;
  check.add(
      {.severity = Severity::note,
       .kind = "files_that_are_no_pictures",
       .text = counted(std::ssize(files), "files", "", "is no picture by its name, and left out",
                       "are no pictures by their names, and left out"),
       .lines = {count_endings(files)}});
}

/// A finding on every picture of which `is_meant(scan, i)` holds.
template <typename IsMeant, typename Detail>
void add_pictures(const std::vector<ImageScan>& scans, Finding finding, const std::string& of_one,
                  const std::string& of_many, const IsMeant& is_meant, const Detail& detail,
                  DataCheck& check) {
  for (std::size_t p = 0; p < scans.size(); ++p) {
    for (std::size_t i = 0; i < scans[p].sizes.size(); ++i) {
      if (is_meant(scans[p], i)) {
        finding.examples.push_back({{id_of(p, i)}, detail(scans[p], i)});
      }
    }
  }
  if (finding.examples.empty()) return;
  finding.text = counted(std::ssize(finding.examples), "pictures", "", of_one, of_many);
  check.add(std::move(finding));
}

std::string picture_size(const ImageScan& scan, std::size_t i) {
  return fmt::format("{} x {}", scan.sizes[i].width, scan.sizes[i].height);
}

void find_odd_pictures(const std::vector<ImageScan>& scans, DataCheck& check) {
  const auto nothing = [](const ImageScan&, std::size_t) { return std::string(); };
  add_pictures(
      scans,
      {.severity = Severity::warning,
       .kind = "constant_pictures",
       .advice = "empty pictures teach a model their colour: leave them out"},
      "is of one colour all over", "are of one colour all over",
      [](const ImageScan& scan, std::size_t i) {
        return !scan.looks.empty() && scan.looks[i].is_constant;
      },
      nothing, check);
  add_pictures(
      scans, {.severity = Severity::warning, .kind = "tiny_pictures"},
      fmt::format("has a side below {} pixels", kTinySide),
      fmt::format("have a side below {} pixels", kTinySide),
      [](const ImageScan& scan, std::size_t i) {
        return std::min(scan.sizes[i].height, scan.sizes[i].width) < kTinySide;
      },
      picture_size, check);
}

void find_long_pictures(const std::vector<ImageScan>& scans, DataCheck& check) {
  add_pictures(
      scans,
      {.severity = Severity::note,
       .kind = "long_pictures",
       .advice = "a square cut from their middle shows a small part of them"},
      fmt::format("is more than {} times as long as wide", kLongRatio),
      fmt::format("are more than {} times as long as wide", kLongRatio),
      [](const ImageScan& scan, std::size_t i) {
        const auto [least, most] = std::minmax(scan.sizes[i].height, scan.sizes[i].width);
        return most > kLongRatio * least;
      },
      picture_size, check);
}

void find_mislabelled(const std::vector<ImageScan>& scans, DataCheck& check) {
  Finding finding{.severity = Severity::note,
                  .kind = "other_format_than_named",
                  .advice = "they are read as what they are; other programs go by the name"};
  for (std::size_t p = 0; p < scans.size(); ++p) {
    for (const std::int64_t i : scans[p].mislabelled) {
      finding.examples.push_back({{id_of(p, static_cast<std::size_t>(i))}, ""});
    }
  }
  if (finding.examples.empty()) return;
  finding.text = counted(std::ssize(finding.examples), "pictures", "",
                         "is of another format than its file's name says",
                         "are of another format than their files' names say");
  check.add(std::move(finding));
}

/// Of 8 bits and of more in one data set: they are brought to one scale in different ways.
void find_mixed_depths(const std::vector<std::string>& names, const std::vector<ImageScan>& scans,
                       DataCheck& check) {
  const auto is_deep = [](const ImageScan& scan) { return scan.has_deep; };
  if (std::ranges::none_of(scans, is_deep) || std::ranges::all_of(scans, is_deep)) return;
  std::string deep;
  for (std::size_t p = 0; p < scans.size(); ++p) {
    if (scans[p].has_deep) deep += (deep.empty() ? "" : ", ") + names[p];
  }
  check.add(
      {.severity = Severity::warning,
       .kind = "mixed_depths",
       .text = fmt::format("{} has pictures of more than 8 bits, other parts have none", deep),
       .advice = "parts from different sources differ in more than what they show"});
}

/// "RGB 1,204, grey 17", the most frequent first.
std::string count_modes(const std::vector<std::pair<PictureMode, std::int64_t>>& modes) {
  std::string text;
  for (const auto& [mode, count] : modes) {
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : ", ", mode_name(mode), with_thousands(count));
  }
  return text;
}

/// Grey and colour, with alpha and without, 8 and 16 bits, CMYK: the pictures of all modes but the
/// most frequent.
void find_mixed_modes(const std::vector<ImageScan>& scans, DataCheck& check) {
  std::map<PictureMode, std::int64_t> counts;
  for (const ImageScan& scan : scans) {
    for (const auto& mode : scan.modes) {
      if (mode) ++counts[*mode];
    }
  }
  if (counts.size() < 2) return;
  std::vector<std::pair<PictureMode, std::int64_t>> modes(counts.begin(), counts.end());
  std::ranges::stable_sort(modes, std::greater(), &std::pair<PictureMode, std::int64_t>::second);
  add_pictures(
      scans,
      {.severity = Severity::note,
       .kind = "mixed_modes",
       .advice = "all are brought to the same channels (alpha is dropped); where one class has "
                 "most of a mode, a model may learn the mode",
       .lines = {count_modes(modes)}},
      "is of a rarer colour mode", "are of rarer colour modes",
      [&](const ImageScan& scan, std::size_t i) {
        return !scan.modes.empty() && scan.modes[i] && *scan.modes[i] != modes.front().first;
      },
      [](const ImageScan& scan, std::size_t i) { return mode_name(*scan.modes[i]); }, check);
}

}  // namespace

void find_scan_findings(const std::vector<std::string>& names, const std::vector<ImageScan>& scans,
                        DataCheck& check) {
  find_odd_pictures(scans, check);
  find_mixed_depths(names, scans, check);
  find_mixed_modes(scans, check);
  find_mislabelled(scans, check);
}

std::vector<ExamplePair> like_pictures(const std::vector<ImageScan>& scans) {
  std::vector<std::uint64_t> looks;
  std::vector<ExampleId> ids;
  for (std::size_t p = 0; p < scans.size(); ++p) {
    for (std::size_t i = 0; i < scans[p].looks.size(); ++i) {
      if (scans[p].looks[i].is_constant) continue;
      looks.push_back(scans[p].looks[i].hash);
      ids.push_back(id_of(p, i));
    }
  }
  const auto pixels = [&](ExampleId id) {
    return scans[static_cast<std::size_t>(id.part)]
        .looks[static_cast<std::size_t>(id.index)]
        .pixels;
  };
  std::vector<ExamplePair> like;
  for (const auto& [first, again] : near_hashes(looks)) {
    if (pixels(ids[first]) != pixels(ids[again])) like.emplace_back(ids[first], ids[again]);
  }
  return like;
}

DataCheck check_pictures(const ImageParts& parts, const std::vector<ImageScan>& scans,
                         std::optional<OnBadRow> policy) {
  DataCheck check{.unit = ImageDataset::kUnit, .statistics = image_statistics(parts, scans)};
  check.show = [all = parts.parts()](ExampleId id) -> ShownExample {
    const auto& [name, data] = all[static_cast<std::size_t>(id.part)];
    return {name, data->source_name(id.index), label_text(*data, id.index), ""};
  };
  // Groups of a column are the user's word, which a run keeps; those that files or paths tell it
  // warns of.
  const bool is_told = !parts.train.group_note.empty();
  find_common<ImageDataset>(parts.parts(), policy, is_told ? Severity::warning : Severity::problem,
                            check);
  find_left_out_files(parts, check);
  std::vector<std::string> names;
  for (const auto& [name, part] : parts.parts()) names.push_back(name);
  find_scan_findings(names, scans, check);
  find_long_pictures(scans, check);
  add_pairs<ImageDataset>(check.statistics.equal, parts.parts(), "duplicates", "the same pixels",
                          check);
  add_pairs<ImageDataset>(like_pictures(scans), parts.parts(), "near_duplicates",
                          "nearly the same to the eye", check);
  return check;
}

}  // namespace attune
