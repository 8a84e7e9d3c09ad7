#include "attune/data/boxes/formats/voc.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/boxes/formats/voc_sets.h"
#include "attune/data/boxes/reading/picture_index.h"
#include "attune/data/folder_files.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/labels/label_text.h"

namespace attune {
namespace {

/// Reads the elements of one annotation.
class VocParser {
 public:
  VocParser(const pugi::xml_node& root, std::string_view bytes) : root_(root) {
    for (std::size_t at = bytes.find('\n'); at != bytes.npos; at = bytes.find('\n', at + 1)) {
      ends_.push_back(static_cast<std::ptrdiff_t>(at));
    }
  }

  VocAnnotation read() const {
    VocAnnotation result;
    result.filename = trim(root_.child("filename").text().as_string());
    result.size = read_size(root_.child("size"));
    for (const auto& object : root_.children("object")) {
      result.objects.push_back(read_object(object));
    }
    return result;
  }

 private:
  std::int64_t line_of(const pugi::xml_node& node) const {
    return std::upper_bound(ends_.begin(), ends_.end(), node.offset_debug()) - ends_.begin() + 1;
  }

  /// The text of `node` as a number.
  static std::optional<double> number_of(const pugi::xml_node& node) {
    return parse_number(node.text().as_string());
  }

  static std::optional<Size> read_size(const pugi::xml_node& node) {
    const double width = number_of(node.child("width")).value_or(0);
    const double height = number_of(node.child("height")).value_or(0);
    // Tools that have not looked write 0.
    if (!(width >= 1 && width < 1e6 && height >= 1 && height < 1e6)) return std::nullopt;
    return Size{static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)};
  }

  static bool is_flag_set(const pugi::xml_node& node) {
    const std::string text = to_lower_ascii(trim(node.text().as_string()));
    return text == "1" || text == "true" || text == "yes";
  }

  VocObject read_object(const pugi::xml_node& node) const {
    VocObject object;
    object.line = line_of(node);
    object.name = node.child("name").text().as_string();
    object.box.difficult = is_flag_set(node.child("difficult"));
    if (find_invalid_utf8(object.name)) {
      object.name.clear();
      object.problem = "its name is no valid UTF-8; save the file in it";
    } else if (is_blank_text(object.name)) {
      object.problem = "the object has no name";
    } else {
      object.problem = read_box(node, object.box.box);
    }
    return object;
  }

  static std::string read_box(const pugi::xml_node& object, Box& box) {
    const pugi::xml_node node = object.child("bndbox");
    if (!node) {
      return object.child("robndbox") ? "it has a rotated box (robndbox), which is not read"
                                      : "the object has no bndbox";
    }
    const std::pair<const char*, double Box::*> sides[] = {
        {"xmin", &Box::left}, {"ymin", &Box::top}, {"xmax", &Box::right}, {"ymax", &Box::bottom}};
    for (const auto& [name, side] : sides) {
      const pugi::xml_node value = node.child(name);
      if (!value) return fmt::format("its bndbox has no {}", name);
      const auto number = number_of(value);
      if (!number) {
        const std::string text = value.text().as_string();
        return fmt::format("{} is \"{}\", expected a number", name,
                           find_invalid_utf8(text) ? "?" : shorten_utf8(text, 40));
      }
      box.*side = *number;
    }
    return "";
  }

  const pugi::xml_node& root_;
  std::vector<std::ptrdiff_t> ends_;  ///< of lines
};

/// The annotations under a folder, with their pictures.
class VocFolder {
 public:
  VocFolder(const fs::path& path, const LabelFileOptions& options)
      : is_folder_(fs::is_directory(path)),
        root_(is_folder_ ? path : (path.has_parent_path() ? path.parent_path() : fs::path("."))),
        index_(options.root.empty() ? picture_root(path) : options.root) {}

  FoundBoxes read(const std::vector<std::string>& annotations) {
    is_taken_.resize(index_.pictures().size());
    for (const std::string& file : annotations) {
      check_stop();
      if (is_folder_ && !sets_.is_wanted(file)) continue;
      read_annotation(file);
    }
    for (BadRow& row : sets_.take_bad_rows()) found_.bad_rows.push_back(std::move(row));
    for (std::size_t i = 0; is_folder_ && i < is_taken_.size(); ++i) {
      if (!is_taken_[i]) found_.unlabelled.push_back(index_.pictures()[i]);
    }
    if (!sets_.empty()) {
      sets_.tell();
      check_all_split(found_, root_.string());
    } else if (is_folder_) {
      for (FoundPicture& picture : found_.pictures) {
        const std::string& file = found_.files[static_cast<std::size_t>(picture.example.file)];
        picture.example.split = split_of_folders(file, root_);
      }
      const bool has_split = std::ranges::any_of(found_.pictures, [](const FoundPicture& picture) {
        return picture.example.split != GivenSplit::none;
      });
      if (has_split) check_all_split(found_, root_.string());
    }
    return std::move(found_);
  }

 private:
  /// One annotation's picture lies beside it, or in a folder beside its own.
  fs::path picture_root(const fs::path& path) const {
    if (is_folder_) return path;
    const fs::path above = fs::absolute(root_).lexically_normal().parent_path();
    const std::string name = to_lower_ascii(fs::absolute(root_).filename().string());
    return name == "annotations" || name == "xml" || name == "xmls" ? above : root_;
  }

  void read_annotation(const std::string& file) {
    FoundPicture picture;
    try {
      const VocAnnotation annotation = parse_voc(read_file(file, kMaxLabelBytes), file);
      auto found = index_.find(file);
      if (!found && !annotation.filename.empty()) {
        found = index_.find_named(annotation.filename, file);
      }
      if (!found) {
        found_.bad_rows.push_back({file, 0, missing_text(annotation)});
        return;
      }
      is_taken_[*found] = true;
      picture.example.path = index_.pictures()[*found];
      picture.example.file = found_.add_file(file);
      picture.example.split = sets_.split_of(file);
      picture.stated = annotation.size;
      const auto [first, is_new] = labelled_by_.try_emplace(picture.example.path, file);
      if (!is_new) {
        found_.bad_rows.push_back(
            {file, 0,
             fmt::format("its picture {} has labels in {} already", first->first, first->second)});
        return;
      }
      add_objects(annotation, file, picture);
      found_.pictures.push_back(std::move(picture));
    } catch (const RowProblem& problem) {
      found_.bad_rows.push_back({file, 0, problem.reason});
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::internal) throw;
      const std::string text = error.what();
      found_.bad_rows.push_back(
          {file, 0, text.starts_with(file) ? text.substr(file.size() + 1) : text});
    }
  }

  std::string missing_text(const VocAnnotation& annotation) const {
    const std::string filename = find_invalid_utf8(annotation.filename) ? "" : annotation.filename;
    return fmt::format("there is no picture of its name{}; --root says where pictures are",
                       filename.empty()
                           ? ""
                           : fmt::format(", nor {}, which it names", shorten_utf8(filename, 100)));
  }

  void add_objects(const VocAnnotation& annotation, const std::string& file,
                   FoundPicture& picture) {
    for (const VocObject& object : annotation.objects) {
      if (!object.problem.empty()) {
        found_.bad_rows.push_back({file, object.line, object.problem});
        picture.is_bad = true;
        continue;
      }
      LabelledBox box = object.box;
      box.class_id = class_of(object.name);
      FoundBoxes::add_box(picture.example, box, object.line);
    }
  }

  /// Names are compared in normal form, which takes long for each of a million boxes.
  std::int64_t class_of(const std::string& name) {
    const auto [entry, is_new] = class_ids_.try_emplace(name, 0);
    if (is_new) entry->second = found_.classes.find_or_add(name);
    return entry->second;
  }

  bool is_folder_;
  fs::path root_;
  PictureIndex index_;
  VocSets sets_;
  FoundBoxes found_;
  std::vector<bool> is_taken_;
  std::unordered_map<std::string, std::int64_t> class_ids_;
  std::unordered_map<std::string, std::string> labelled_by_;  ///< picture to annotation
};

}  // namespace

VocAnnotation parse_voc(std::string_view bytes, const std::string& name) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(bytes.data(), bytes.size());
  if (!parsed) {
    const auto offset = std::clamp<std::ptrdiff_t>(parsed.offset, 0, std::ssize(bytes));
    fail(ErrorKind::data, "{}:{}: it is no well-formed XML: {}", name,
         std::count(bytes.begin(), bytes.begin() + offset, '\n') + 1, parsed.description());
  }
  // They are nowhere expanded, so that a name would be other than its writer meant.
  check(bytes.find("<!ENTITY") == bytes.npos, ErrorKind::data,
        "{}: its document type declares entities, which are not expanded; write the text itself",
        name);
  const pugi::xml_node root = document.child("annotation");
  check(!root.empty(), ErrorKind::data,
        "{}: it has no <annotation>, as files of Pascal VOC have; the first element is <{}>", name,
        [&] {
          const std::string first = document.document_element().name();
          return find_invalid_utf8(first) ? std::string("?") : shorten_utf8(first, 40);
        }());
  return VocParser(root, bytes).read();
}

FoundBoxes read_voc(const fs::path& path, const LabelFileOptions& options) {
  std::vector<std::string> annotations;
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    annotations.push_back(path.string());
  } else {
    for (std::string& file : files_below(path)) {
      if (to_lower_ascii(fs::path(file).extension().string()) == ".xml") {
        annotations.push_back(std::move(file));
      }
    }
    check(!annotations.empty(), ErrorKind::user, "{}: there is no .xml file in it or below",
          path.string());
  }
  return VocFolder(path, options).read(annotations);
}

}  // namespace attune
