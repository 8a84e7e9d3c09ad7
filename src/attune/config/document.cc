#include "attune/config/document.h"

#include <yaml-cpp/yaml.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune::config {
namespace {

constexpr std::uint64_t kMaxBytes = 1 << 20;
// Far above any file of settings.
constexpr int kMaxDepth = 32;
constexpr int kMaxNodes = 100'000;  // aliases may multiply: "billion laughs"

struct YamlReader {
  Document& document;
  int nodes = 0;

  Json scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    // yaml-cpp gives a quoted scalar the non-specific tag "!" and a plain one "?" (YAML 1.2.2,
    // section 6.9.1): quoted, "null" is a text.
    const bool quoted = node.Tag() == "!";
    if (!quoted && (text.empty() || text == "~" || text == "null")) return nullptr;
    return text;  // the field knows its type; YAML's own guessing ("no" is false) is not wanted
  }

  Json read(const YAML::Node& node, const std::string& path, int depth) {
    check(depth <= kMaxDepth && ++nodes <= kMaxNodes, ErrorKind::data,
          "{}:{}: the file is nested or repeated beyond reason (aliases?)", document.source,
          node.Mark().line + 1);
    if (node.IsScalar()) return scalar(node);
    if (node.IsSequence()) {
      Json list = Json::array();
      for (const auto& item : node) list.push_back(read(item, path, depth + 1));
      return list;
    }
    if (!node.IsMap()) return nullptr;
    Json object = Json::object();
    for (const auto& entry : node) {
      const auto key = entry.first.as<std::string>();
      const std::string inner = path.empty() ? key : path + "." + key;
      check(!object.contains(key), ErrorKind::data, "{}:{}: \"{}\" stands twice", document.source,
            entry.first.Mark().line + 1, inner);
      // yaml-cpp counts lines from 0, people and editors from 1.
      document.lines[inner] = entry.first.Mark().line + 1;
      object[key] = read(entry.second, inner, depth + 1);
    }
    return object;
  }
};

void emit(YAML::Emitter& out, const Json& value) {
  if (value.is_object()) {
    out << YAML::BeginMap;
    for (const auto& [key, item] : value.items()) {
      out << YAML::Key << key << YAML::Value;
      emit(out, item);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    out << YAML::Flow << YAML::BeginSeq;
    for (const Json& item : value) emit(out, item);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    // Quoted always: "no", "1e5" or "null" as a label must come back as text from any reader of
    // YAML.
    out << YAML::DoubleQuoted << value.get<std::string>();
  } else if (value.is_null()) {
    out << YAML::Null;  // as text the emitter would quote it
  } else if (value.is_boolean()) {
    out << value.get<bool>();
  } else {
    out << value.dump();
  }
}

}  // namespace

std::string Document::where(const std::string& path) const {
  const auto line = lines.find(path);
  return line == lines.end() ? source : fmt::format("{}:{}", source, line->second);
}

Document parse_yaml(const std::string& text, const std::string& source) {
  Document document{.source = source};
  try {
    document.value = YamlReader{document}.read(YAML::Load(text), "", 0);
  } catch (const YAML::Exception& error) {
    fail(ErrorKind::data, "{}:{}: not valid YAML: {}", source, error.mark.line + 1, error.msg);
  }
  // An empty file, or one of comments alone.
  if (document.value.is_null()) document.value = Json::object();
  check(document.value.is_object(), ErrorKind::data, "{}: expected settings as `name: value` lines",
        source);
  return document;
}

Document read_document(const fs::path& path) {
  const std::string extension = to_lower_ascii(path.extension().string());
  const std::string text = read_file(path, kMaxBytes);
  if (extension == ".yaml" || extension == ".yml") return parse_yaml(text, path.string());
  check(extension == ".json", ErrorKind::user,
        "{}: settings are read from .yaml, .yml or .json, got \"{}\"", path.string(), extension);
  // Without lines, which the reader of JSON does not tell: errors name the key alone.
  Document document{.value = parse_json(text, path.string()), .source = path.string()};
  check(document.value.is_object(), ErrorKind::data, "{}: expected a JSON object", path.string());
  return document;
}

std::string dump_yaml(const Json& value) {
  YAML::Emitter out;
  emit(out, value);
  return std::string(out.c_str()) + "\n";
}

}  // namespace attune::config
