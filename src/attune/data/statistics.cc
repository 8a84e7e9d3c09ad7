#include "attune/data/statistics.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

constexpr std::size_t kMaxClassesShown = 40;
constexpr std::size_t kNameWidth = 24;
constexpr std::int64_t kBarWidth = 40;

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(std::int64_t part, std::int64_t whole) {
  return fmt::format("{:.1f} %", 100 * share(part, whole));
}

/// `text` cut or filled to `width` code points; control characters become blanks.
std::string column(std::string_view text, std::size_t width) {
  std::string result =
      utf8_length(text) > width ? shorten_utf8(text, width - 3) : std::string(text);
  for (char& c : result) {
    // Names of classes come from files: a control character would break the table or the terminal.
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  result.append(width - std::min(width, utf8_length(result)), ' ');
  return result;
}

Json lengths_json(const LengthStatistics& lengths) {
  return {{"min", lengths.min},
          {"mean", lengths.mean},
          {"median", lengths.median},
          {"p95", lengths.p95},
          {"max", lengths.max},
          {"bin_width", lengths.bin_width},
          {"histogram", lengths.histogram},
          {"truncated_examples", lengths.truncated_examples},
          {"total_tokens", lengths.total_tokens},
          {"truncated_tokens", lengths.truncated_tokens},
          {"truncated_token_share", share(lengths.truncated_tokens, lengths.total_tokens)}};
}

Json sizes_json(const SizeStatistics& sizes) {
  return {
      {"width",
       {{"min", sizes.min_width}, {"median", sizes.median_width}, {"max", sizes.max_width}}},
      {"height",
       {{"min", sizes.min_height}, {"median", sizes.median_height}, {"max", sizes.max_height}}}};
}

/// Seconds to a millisecond: sums and differences have digits that say nothing.
double to_milliseconds(double seconds) {
  return std::round(seconds * 1000) / 1000;
}

Json speech_json(const SpeechStatistics& speech) {
  return {{"seconds", to_milliseconds(speech.seconds)},
          {"clip_seconds",
           {{"min", to_milliseconds(speech.min_seconds)},
            {"median", to_milliseconds(speech.median_seconds)},
            {"p95", to_milliseconds(speech.p95_seconds)},
            {"max", to_milliseconds(speech.max_seconds)},
            {"bin", speech.bin_seconds},
            {"histogram", speech.histogram}}},
          {"speakers", speech.speakers},
          {"characters", speech.characters},
          {"words", speech.words},
          {"alphabet", speech.alphabet}};
}

Json boxes_json(const BoxStatistics& boxes) {
  return {{"boxes", boxes.boxes},
          {"crowds", boxes.crowds},
          {"difficult", boxes.difficult},
          {"pictures_without_boxes", boxes.background},
          {"class_counts", boxes.class_counts},
          {"boxes_per_picture",
           {{"min", boxes.min_boxes}, {"median", boxes.median_boxes}, {"max", boxes.max_boxes}}},
          {"areas", {{"small", boxes.small}, {"medium", boxes.medium}, {"large", boxes.large}}},
          {"relative_sizes", boxes.relative_sizes},
          {"aspects", boxes.aspects}};
}

std::string header_row(const std::vector<SplitStatistics>& splits, std::string_view title) {
  std::string text = column(title, kNameWidth);
  for (const SplitStatistics& split : splits) text += fmt::format("  {:>20}", split.name);
  return text + "\n";
}

template <typename Cell>
std::string table_row(const std::vector<SplitStatistics>& splits, std::string_view title,
                      const Cell& cell) {
  std::string text = column(title, kNameWidth);
  for (const SplitStatistics& split : splits) text += fmt::format("  {:>20}", cell(split));
  return text + "\n";
}

std::string class_table(const DatasetStatistics& statistics) {
  const auto& names = statistics.label_names;
  const bool has_boxes = std::any_of(statistics.splits.begin(), statistics.splits.end(),
                                     [](const auto& split) { return split.boxes.has_value(); });
  std::string text = header_row(statistics.splits, has_boxes ? "class: boxes (pictures)" : "class");
  // A terminal shows the first of a thousand classes; JSON has them all.
  for (std::size_t c = 0; c < std::min(names.size(), kMaxClassesShown); ++c) {
    text += table_row(statistics.splits, names[c], [c](const SplitStatistics& split) {
      if (split.boxes) {
        return fmt::format("{} ({})", with_thousands(split.boxes->class_counts[c]),
                           with_thousands(split.class_counts[c]));
      }
      return fmt::format("{} ({})", with_thousands(split.class_counts[c]),
                         percent(split.class_counts[c], split.examples));
    });
  }
  if (names.size() > kMaxClassesShown) {
    text += fmt::format("... and {} more classes\n", names.size() - kMaxClassesShown);
  }
  return text;
}

/// `bin_name(i)`: what bin i counts.
template <typename Name>
std::string bars(const std::vector<std::int64_t>& histogram, const Name& bin_name) {
  std::string text;
  const auto largest = *std::max_element(histogram.begin(), histogram.end());
  for (std::size_t i = 0; i < histogram.size(); ++i) {
    // Rounded up, so that no bin that holds something looks empty.
    const auto bar = (histogram[i] * kBarWidth + largest - 1) / largest;
    text +=
        fmt::format("{:>12} {:>12} {}\n", bin_name(static_cast<std::int64_t>(i)),
                    with_thousands(histogram[i]), std::string(static_cast<std::size_t>(bar), '#'));
  }
  return text;
}

std::string histogram_text(const LengthStatistics& lengths) {
  return bars(lengths.histogram, [&](std::int64_t bin) {
    const std::int64_t first = bin * lengths.bin_width;
    return fmt::format("{}-{}", first, first + lengths.bin_width - 1);
  });
}

std::string histogram_text(const SpeechStatistics& speech) {
  return bars(speech.histogram, [&](std::int64_t bin) {
    const double first = static_cast<double>(bin) * speech.bin_seconds;
    return fmt::format("{:g}-{:g}", first, first + speech.bin_seconds);
  });
}

/// Hours, lengths of clips and what transcripts hold, of the splits that have speech.
std::string speech_rows(const std::vector<SplitStatistics>& splits) {
  const auto row = [&](std::string_view title, const auto& cell) {
    return table_row(splits, title, [&](const SplitStatistics& split) {
      return split.speech ? std::string(cell(*split.speech)) : std::string("-");
    });
  };
  using Speech = SpeechStatistics;
  return row("hours", [](const Speech& s) { return fmt::format("{:.2f}", s.seconds / 3600); }) +
         row("seconds min/med/95%/max",
             [](const Speech& s) {
               return fmt::format("{:.1f} / {:.1f} / {:.1f} / {:.1f}", s.min_seconds,
                                  s.median_seconds, s.p95_seconds, s.max_seconds);
             }) +
         row("speakers",
             [](const Speech& s) {
               return s.speakers > 0 ? with_thousands(s.speakers) : "not known";
             }) +
         row("words", [](const Speech& s) { return with_thousands(s.words); }) +
         row("characters", [](const Speech& s) { return with_thousands(s.characters); }) +
         row("different characters", [](const Speech& s) { return with_thousands(s.alphabet); });
}

/// How many boxes there are, in a picture and of which areas, of the splits that have boxes.
std::string box_rows(const std::vector<SplitStatistics>& splits) {
  const auto row = [&](std::string_view title, const auto& cell) {
    return table_row(splits, title, [&](const SplitStatistics& split) {
      return split.boxes ? std::string(cell(*split.boxes)) : std::string("-");
    });
  };
  using Boxes = BoxStatistics;
  return row("boxes", [](const Boxes& b) { return with_thousands(b.boxes); }) +
         row("pictures without boxes",
             [](const Boxes& b) { return with_thousands(b.background); }) +
         row("boxes min/median/max",
             [](const Boxes& b) {
               return fmt::format("{} / {} / {}", b.min_boxes, b.median_boxes, b.max_boxes);
             }) +
         row("small/medium/large", [](const Boxes& b) {
           return fmt::format("{} / {} / {}", b.small, b.medium, b.large);
         });
}

/// What is known of tokens, a row each.
std::string token_rows(const std::vector<SplitStatistics>& splits, std::int64_t max_length) {
  const auto rows = [&](std::string_view title, const auto& is_known, const auto& cell) {
    if (std::none_of(splits.begin(), splits.end(), is_known)) return std::string();
    return table_row(splits, title, [&](const auto& split) {
      return is_known(split) ? std::string(cell(split)) : std::string("-");
    });
  };
  const auto has_lengths = [](const auto& split) { return !split.lengths.histogram.empty(); };
  std::string text = rows("tokens min/med/95%/max", has_lengths, [](const SplitStatistics& split) {
    const LengthStatistics& l = split.lengths;
    return fmt::format("{} / {} / {} / {}", l.min, l.median, l.p95, l.max);
  });
  if (max_length > 0) {
    text += rows(fmt::format("longer than {}, cut", max_length), has_lengths,
                 [](const SplitStatistics& split) {
                   return fmt::format("{} ({})", with_thousands(split.lengths.truncated_examples),
                                      percent(split.lengths.truncated_examples, split.examples));
                 });
    const auto is_cut = [](const auto& split) { return split.lengths.truncated_tokens > 0; };
    text += rows("tokens that are cut off", is_cut, [](const SplitStatistics& split) {
      return percent(split.lengths.truncated_tokens, split.lengths.total_tokens);
    });
  }
  return text + rows(
                    "unknown tokens", [](const auto& split) { return split.text_tokens > 0; },
                    [](const SplitStatistics& split) {
                      return fmt::format("{} ({})", with_thousands(split.unknown_tokens),
                                         percent(split.unknown_tokens, split.text_tokens));
                    });
}

/// "32 / 224 / 1024" of the splits that have sizes.
std::string size_rows(const std::vector<SplitStatistics>& splits) {
  const auto row = [&](std::string_view title, auto low, auto median, auto high) {
    return table_row(splits, title, [&](const SplitStatistics& split) {
      if (!split.sizes) return std::string("-");
      return fmt::format("{} / {} / {}", (*split.sizes).*low, (*split.sizes).*median,
                         (*split.sizes).*high);
    });
  };
  using Sizes = SizeStatistics;
  return row("width min/median/max", &Sizes::min_width, &Sizes::median_width, &Sizes::max_width) +
         row("height min/median/max", &Sizes::min_height, &Sizes::median_height,
             &Sizes::max_height);
}

/// A row of counts where any split has one.
std::string count_row(const std::vector<SplitStatistics>& splits, std::string_view title,
                      std::int64_t SplitStatistics::*count) {
  // What no split has is no row: most data sets have no groups, and no file is left out.
  const bool has_any =
      std::any_of(splits.begin(), splits.end(), [&](const auto& s) { return s.*count > 0; });
  if (!has_any) return "";
  return table_row(splits, title, [&](const auto& s) { return with_thousands(s.*count); });
}

}  // namespace

void DatasetStatistics::note_labels(LabelKind kind, const std::vector<std::string>& names) {
  if (splits.empty()) {
    label_kind = kind;
    label_names = names;
  }
  check(kind == label_kind && names == label_names, ErrorKind::internal,
        "the splits of a dataset have different labels");
}

Json DatasetStatistics::to_json() const {
  Json result = {{"label_names", label_names}, {"max_length", max_length}};
  result["splits"] = Json::array();
  for (const SplitStatistics& split : splits) {
    Json item = {{"name", split.name}, {"examples", split.examples}, {"bad_rows", split.bad_rows}};
    if (!label_names.empty()) item["class_counts"] = split.class_counts;
    if (label_kind == LabelKind::regression) {
      item["target"] = {
          {"min", split.target_min}, {"mean", split.target_mean}, {"max", split.target_max}};
    }
    // What was not looked at is left out: zeros would read as findings.
    if (!split.lengths.histogram.empty()) item["lengths"] = lengths_json(split.lengths);
    if (split.text_tokens > 0) {
      item["unknown_token_share"] = share(split.unknown_tokens, split.text_tokens);
    }
    if (split.skipped_files > 0) item["skipped_files"] = split.skipped_files;
    if (split.groups > 0) item["groups"] = split.groups;
    if (split.unknown_labels > 0) item["unknown_labels"] = split.unknown_labels;
    if (split.sizes) item["sizes"] = sizes_json(*split.sizes);
    if (split.speech) item["speech"] = speech_json(*split.speech);
    if (split.boxes) item["boxes"] = boxes_json(*split.boxes);
    result["splits"].push_back(std::move(item));
  }
  return result;
}

std::string DatasetStatistics::to_text() const {
  std::string text = header_row(splits, "dataset");
  text += table_row(splits, "examples", [](const auto& s) { return with_thousands(s.examples); });
  text += count_row(splits, "rows left out", &SplitStatistics::bad_rows);
  text += count_row(splits, "other files left out", &SplitStatistics::skipped_files);
  text += count_row(splits, "groups", &SplitStatistics::groups);
  text += count_row(splits, "labels not known", &SplitStatistics::unknown_labels);
  if (!label_names.empty()) text += class_table(*this);
  if (label_kind == LabelKind::regression) {
    text += table_row(splits, "target min / mean / max", [](const SplitStatistics& s) {
      return fmt::format("{:.4g} / {:.4g} / {:.4g}", s.target_min, s.target_mean, s.target_max);
    });
  }
  const bool has_sizes =
      std::any_of(splits.begin(), splits.end(), [](const auto& s) { return s.sizes.has_value(); });
  if (has_sizes) text += size_rows(splits);
  const bool has_speech =
      std::any_of(splits.begin(), splits.end(), [](const auto& s) { return s.speech.has_value(); });
  if (has_speech) text += speech_rows(splits);
  const bool has_boxes =
      std::any_of(splits.begin(), splits.end(), [](const auto& s) { return s.boxes.has_value(); });
  if (has_boxes) text += box_rows(splits);
  return text + token_rows(splits, max_length);
}

std::string DatasetStatistics::histograms_text() const {
  std::string text;
  for (const SplitStatistics& split : splits) {
    if (split.speech && !split.speech->histogram.empty()) {
      text += fmt::format("{}seconds per clip, {}\n{}", text.empty() ? "" : "\n", split.name,
                          histogram_text(*split.speech));
    }
    if (split.lengths.histogram.empty()) continue;
    text += fmt::format("{}tokens per example, {}: mean {:.1f}\n{}", text.empty() ? "" : "\n",
                        split.name, split.lengths.mean, histogram_text(split.lengths));
  }
  return text;
}

}  // namespace attune
