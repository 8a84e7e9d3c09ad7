#include "attune/data/audio/annotations/eaf.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

constexpr int kMostReferences = 32;  // of annotations to annotations to ...

std::string attribute(const pugi::xml_node& node, const char* name) {
  return node.attribute(name).as_string();
}

/// "file:///C:/talk%20one.wav" as a path.
std::string path_of_url(std::string url) {
  if (url.starts_with("file://")) url.erase(0, 7);
  std::string path;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  for (std::size_t i = 0; i < url.size(); ++i) {
    if (url[i] == '%' && i + 2 < url.size() && digit(url[i + 1]) >= 0 && digit(url[i + 2]) >= 0) {
      path += static_cast<char>(digit(url[i + 1]) * 16 + digit(url[i + 2]));
      i += 2;
    } else {
      path += url[i];
    }
  }
  return path;
}

class EafReader {
 public:
  EafReader(const pugi::xml_node& root, std::string_view bytes, const std::string& name)
      : root_(root), name_(name) {
    for (std::size_t at = bytes.find('\n'); at != bytes.npos; at = bytes.find('\n', at + 1)) {
      ends_.push_back(static_cast<std::ptrdiff_t>(at));
    }
  }

  Annotation read() {
    Annotation result;
    read_header(result);
    for (const auto& slot : root_.child("TIME_ORDER").children("TIME_SLOT")) read_slot(slot);
    for (const auto& tier : root_.children("TIER")) index_tier(tier);
    for (const auto& tier : root_.children("TIER")) result.tiers.push_back(read_tier(tier));
    return result;
  }

 private:
  std::int64_t line_of(const pugi::xml_node& node) const {
    const auto before = std::upper_bound(ends_.begin(), ends_.end(), node.offset_debug());
    return before - ends_.begin() + 1;
  }

  void read_header(Annotation& result) {
    const pugi::xml_node header = root_.child("HEADER");
    const std::string units = attribute(header, "TIME_UNITS");
    check(units.empty() || units == "milliseconds", ErrorKind::data,
          "{}:{}: times are in {}, expected milliseconds", name_, line_of(header),
          shorten_utf8(units, 40));
    for (const auto& media : header.children("MEDIA_DESCRIPTOR")) {
      for (const char* const key : {"RELATIVE_MEDIA_URL", "MEDIA_URL"}) {
        if (std::string url = attribute(media, key); !url.empty()) {
          result.media.push_back(path_of_url(std::move(url)));
        }
      }
      // Times count from there in the recording.
      if (const auto origin = media.attribute("TIME_ORIGIN")) origin_ = milliseconds(media, origin);
    }
  }

  double milliseconds(const pugi::xml_node& node, const pugi::xml_attribute& value) const {
    const std::string text = value.as_string();
    const bool is_number = !text.empty() && text.size() < 16 &&
                           text.find_first_not_of("0123456789") == std::string::npos;
    check(is_number, ErrorKind::data, "{}:{}: {} is \"{}\", expected milliseconds", name_,
          line_of(node), value.name(), shorten_utf8(text, 40));
    return static_cast<double>(std::stoll(text)) / 1000;
  }

  void read_slot(const pugi::xml_node& slot) {
    // One without a time lies somewhere between its neighbours.
    if (const auto value = slot.attribute("TIME_VALUE")) {
      slots_[attribute(slot, "TIME_SLOT_ID")] = milliseconds(slot, value);
    }
  }

  void index_tier(const pugi::xml_node& tier) {
    for (const auto& annotation : tier.children("ANNOTATION")) {
      const pugi::xml_node inner = annotation.first_child();
      annotations_[attribute(inner, "ANNOTATION_ID")] = inner;
    }
  }

  std::optional<std::pair<double, double>> times_of(pugi::xml_node annotation) const {
    for (int i = 0; i < kMostReferences && std::string_view(annotation.name()) == "REF_ANNOTATION";
         ++i) {
      const auto referred = annotations_.find(attribute(annotation, "ANNOTATION_REF"));
      if (referred == annotations_.end()) return std::nullopt;
      annotation = referred->second;
    }
    const auto begin = slots_.find(attribute(annotation, "TIME_SLOT_REF1"));
    const auto end = slots_.find(attribute(annotation, "TIME_SLOT_REF2"));
    if (begin == slots_.end() || end == slots_.end()) return std::nullopt;
    return std::pair(begin->second + origin_, end->second + origin_);
  }

  AnnotationTier read_tier(const pugi::xml_node& tier) const {
    AnnotationTier result{.name = attribute(tier, "TIER_ID"), .pieces = {}};
    for (const auto& annotation : tier.children("ANNOTATION")) {
      const pugi::xml_node inner = annotation.first_child();
      AnnotatedPiece piece;
      piece.text = inner.child("ANNOTATION_VALUE").text().as_string();
      piece.speaker = attribute(tier, "PARTICIPANT");
      piece.line = line_of(inner);
      if (const auto times = times_of(inner)) {
        piece.begin = times->first;
        piece.end = times->second;
      } else {
        piece.problem = fmt::format("the annotation {} of tier \"{}\" has no time of its own",
                                    attribute(inner, "ANNOTATION_ID"), result.name);
      }
      if (find_invalid_utf8(piece.text)) piece.problem = "the text is no valid UTF-8";
      result.pieces.push_back(std::move(piece));
    }
    return result;
  }

  const pugi::xml_node& root_;
  const std::string& name_;
  std::vector<std::ptrdiff_t> ends_;  ///< of lines
  double origin_ = 0;
  std::unordered_map<std::string, double> slots_;
  std::unordered_map<std::string, pugi::xml_node> annotations_;
};

}  // namespace

Annotation parse_eaf(std::string_view bytes, const std::string& name) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(bytes.data(), bytes.size());
  if (!parsed) {
    const auto offset = std::clamp<std::ptrdiff_t>(parsed.offset, 0, std::ssize(bytes));
    fail(ErrorKind::data, "{}:{}: it is no well-formed XML: {}", name,
         std::count(bytes.begin(), bytes.begin() + offset, '\n') + 1, parsed.description());
  }
  const pugi::xml_node root = document.child("ANNOTATION_DOCUMENT");
  check(!root.empty(), ErrorKind::data,
        "{}: it has no ANNOTATION_DOCUMENT, as annotations of ELAN have", name);
  return EafReader(root, bytes, name).read();
}

}  // namespace attune
