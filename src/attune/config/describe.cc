#include <fmt/format.h>

#include "attune/base/text/strings.h"
#include "attune/config/hf_arguments.h"
#include "attune/config/schema.h"

namespace attune::config {
namespace {

/// Nothing for a default that says nothing: an option that is simply not set.
std::string default_text(const Field& field) {
  const Json& value = field.default_value;
  if (field.is_settled_later || value.is_null() || value == "" ||
      (value.is_array() && value.empty()))
    return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string value_name(const Field& field) {
  if (field.type == "choice") return join(field.choices, "|");
  if (field.type == "flag") return "";
  if (field.type == "list") return "A,B,...";
  if (field.type == "texts") return "TEXT ... (may be repeated)";
  return field.type == "integer" ? "N" : field.type == "number" ? "X" : "TEXT";
}

/// Breaks `text` into lines of at most `width` characters, each behind `indent` spaces.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width) {
  std::string result, line;
  for (const std::string& word : split(text, ' ')) {
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      result += std::string(indent, ' ') + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return result + std::string(indent, ' ') + line + "\n";
}

Json schema_of(const Field& field) {
  const bool takes_null = field.nullable || field.is_settled_later;
  Json schema = {{"description", field.help},
                 {"default", field.is_settled_later ? Json() : field.default_value}};
  const std::string type = field.type == "flag"                            ? "boolean"
                           : field.type == "list" || field.type == "texts" ? "array"
                           : field.type == "choice"                        ? "string"
                           : field.type == "text"                          ? "string"
                                                                           : field.type;
  Json types = Json::array({type});
  if (type == "array") types.push_back("string");  // one text: "a,b"
  if (takes_null) types.push_back("null");
  schema["type"] = types.size() == 1 ? types[0] : types;
  if (type == "array") schema["items"] = {{"type", "string"}};
  if (!field.choices.empty()) {
    schema["enum"] = field.choices;
    // JSON Schema tests "type" and "enum" apart: null must stand in both.
    if (takes_null) schema["enum"].push_back(nullptr);
  }
  const Bounds& bounds = field.bounds;
  if (bounds.min) schema[bounds.min_is_open ? "exclusiveMinimum" : "minimum"] = *bounds.min;
  if (bounds.max) schema[bounds.max_is_open ? "exclusiveMaximum" : "maximum"] = *bounds.max;
  return schema;
}

}  // namespace

std::string Schema::help_text() const {
  std::string text;
  for (const Section& section : sections_) {
    text += fmt::format("\n{} - {}\n", section.name, section.help);
    for (const Field& field : fields_) {
      if (field.section != section.name) continue;
      text += fmt::format("  {} {}\n", field.flag(), value_name(field));
      std::string help = field.help;
      const std::string range = field.bounds.text(), initial = default_text(field);
      if (!range.empty()) help += fmt::format(" ({})", range);
      if (!initial.empty()) help += fmt::format(" [{}]", initial);
      text += wrapped(help, 6, 90);
    }
  }
  return text;
}

Json Schema::json_schema() const {
  Json properties = Json::object();
  for (const Section& section : sections_) {
    properties[section.name] = {{"type", "object"},
                                {"description", section.help},
                                // Inside a section every key must be an option, so that editors
                                // mark slips.
                                {"additionalProperties", false},
                                {"properties", Json::object()}};
  }
  for (const Field& field : fields_) {
    Json& names = properties[field.section]["properties"];
    names[field.name] = schema_of(field);
    for (const std::string_view synonym : synonyms_of(field.name)) {
      names[std::string(synonym)] = schema_of(field);
      names[std::string(synonym)]["deprecated"] = true;
    }
  }
  for (const Section& section : sections_) {
    Json& names = properties[section.name]["properties"];
    for (const HfArgument& argument : hf_arguments()) {
      if (names.contains(argument.name)) continue;
      names[std::string(argument.name)] = {
          {"description",
           fmt::format("An argument of Hugging Face's; not used here: {}", argument.instead)},
          {"deprecated", true}};
    }
    for (const TranslatedArgument& argument : translated_arguments()) {
      if (find(std::string(argument.option)) == nullptr) continue;
      names[std::string(argument.name)] = {
          {"description", fmt::format("An argument of Hugging Face's; see {}", argument.option)},
          {"deprecated", true}};
    }
    // learning-rate for learning_rate.
    properties[section.name]["patternProperties"] = {{"-", Json::object()}};
  }
  // No "additionalProperties" out here: options may stand beside the sections, and so may the
  // arguments of Hugging Face's that have no meaning here.
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"type", "object"},
          {"properties", properties}};
}

std::string Schema::markdown() const {
  std::string text;
  for (const Section& section : sections_) {
    text += fmt::format(
        "\n## {}\n\n{}\n\n| option | default | allowed | what it does |\n"
        "| --- | --- | --- | --- |\n",
        section.name, section.help);
    for (const Field& field : fields_) {
      if (field.section != section.name) continue;
      text += fmt::format("| `{}` | {} | {} | {} |\n", field.name, default_text(field),
                          field.allowed(), field.help);
    }
  }
  return text;
}

}  // namespace attune::config
