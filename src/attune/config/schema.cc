#include "attune/config/schema.h"

#include <algorithm>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/config/hf_arguments.h"

namespace attune::config {

void Problems::add(std::string text) {
  if (std::ranges::find(texts_, text) == texts_.end()) texts_.push_back(std::move(text));
}

void Problems::throw_if_any() const {
  if (texts_.empty()) return;
  if (texts_.size() == 1) fail(ErrorKind::user, "{}", texts_.front());
  fail(ErrorKind::user, "{} problems with the settings:\n  {}", texts_.size(),
       join(texts_, "\n  "));
}

Field* Schema::find(const std::string& name) {
  const std::string canonical = canonical_argument(name);
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const Field& field) { return field.name == canonical; });
  return found == fields_.end() ? nullptr : &*found;
}

void Schema::set(Field& field, const Json& value, const std::string& where) {
  // Collected rather than thrown, so that one run tells all mistakes.
  const std::string problem = field.set(value);
  if (!problem.empty()) {
    problems_.add(fmt::format("{}: got {}, {}", where, value.dump(), problem));
  }
  // Even where the value was refused: the user wanted something, and no default stands in for it.
  field.given = true;
  field.asked_for = field.get() != field.default_value;
}

namespace {

/// An argument of Hugging Face's that is null, false or empty asks for nothing.
bool asks_for_nothing(const Json& value) {
  return value.is_null() || value == false || value == "" || value == "false" ||
         (value.is_structured() && value.empty());
}

}  // namespace

void Schema::apply_entry(const std::string& path, const std::string& key, const Json& value,
                         const Document& document, std::vector<std::string>& without_meaning) {
  const std::string where = fmt::format("{}: {}", document.where(path), path);
  Field* field = find(key);
  if (field != nullptr) {
    // Hugging Face writes null for "not set" everywhere.
    if (!value.is_null() || field->nullable) set(*field, value, where);
    return;
  }
  if (is_hf_argument_without_meaning(key)) {
    if (!asks_for_nothing(value)) without_meaning.push_back(key);
    return;
  }
  problems_.add(fmt::format("{}: unknown option{}", where, did_you_mean(key, names())));
}

void Schema::apply(const Document& document, const std::vector<std::string>& ignored_keys) {
  std::vector<std::string> without_meaning;
  for (const auto& entry : document.value.items()) {
    const std::string& key = entry.key();
    const Json& value = entry.value();
    if (std::find(ignored_keys.begin(), ignored_keys.end(), key) != ignored_keys.end()) continue;
    const bool is_section = std::any_of(sections_.begin(), sections_.end(),
                                        [&](const Section& s) { return s.name == key; });
    if (!is_section || !value.is_object()) {
      apply_entry(key, key, value, document, without_meaning);
      continue;
    }
    for (const auto& [name, inner] : value.items()) {
      apply_entry(key + "." + name, name, inner, document, without_meaning);
    }
  }
  if (!without_meaning.empty()) {
    log_warning("{}: these arguments have no meaning in attune and are not used: {}",
                document.source, join(without_meaning, ", "));
  }
}

void Schema::apply_preset(const Document& document, const std::vector<std::string>& ignored_keys) {
  apply(document, ignored_keys);
  for (Field& field : fields_) field.asked_for = false;
}

void Schema::apply_known(const Document& document) {
  for (const auto& [section, options] : document.value.items()) {
    if (!options.is_object()) continue;
    for (const auto& [name, value] : options.items()) {
      Field* field = find(name);
      if (field == nullptr || field->section != section) continue;
      const std::string path = section + "." + name;
      set(*field, value, fmt::format("{}: {}", document.where(path), path));
      // What a saved run was given is a default here: nobody has asked for it now.
      field->given = field->asked_for = false;
    }
  }
}

void Schema::apply_flags(const std::vector<std::string>& arguments) {
  const auto is_flag = [](const std::string& text) { return text.starts_with("--"); };
  std::vector<std::string> begun_lists;  // a repeated list flag adds; the first replaces
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!is_flag(argument)) {
      problems_.add(fmt::format("\"{}\": expected an option that begins with --", argument));
      continue;
    }
    const auto equals = argument.find('=');
    const std::string name = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
    Field* field = find(name);
    // The whole name first: an option may itself begin with "no-". HfArgumentParser, too, offers
    // --no_x.
    const bool negated = field == nullptr && (name.starts_with("no-") || name.starts_with("no_")) &&
                         (field = find(name.substr(3))) != nullptr;
    if (field == nullptr || (negated && field->type != "flag")) {
      problems_.add(fmt::format("{}: unknown option{}", argument.substr(0, equals),
                                did_you_mean(argument.substr(0, equals), flags())));
      // Its value, which would be reported as a mistake of its own.
      if (equals == std::string::npos && i + 1 < arguments.size() && !is_flag(arguments[i + 1]))
        ++i;
      continue;
    }
    Json value;
    bool dummy = false;
    if (negated && equals != std::string::npos) {
      problems_.add(fmt::format("--{}: takes no value; use {}=true or {}=false", name,
                                field->flag(), field->flag()));
      continue;
    }
    if (negated) {
      value = false;
    } else if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (field->type == "flag" &&
               (i + 1 == arguments.size() || !convert::read(Json(arguments[i + 1]), dummy))) {
      // A word that is neither yes nor no is not the flag's value, but a mistake of its own.
      value = true;
    } else if (i + 1 < arguments.size() && !is_flag(arguments[i + 1])) {
      value = arguments[++i];
    } else {
      problems_.add(fmt::format("--{}: a value is missing, expected {}", name, field->allowed()));
      continue;
    }
    // The way to take back on the command line what a file has set.
    if (field->nullable && value == "null") value = nullptr;
    const bool is_list = field->type == "list" || field->type == "texts";
    if (is_list && value.is_string()) {
      std::vector<std::string> parts = {value.get<std::string>()};
      if (field->type == "list") convert::read(value, parts);
      // A shell makes several values of a pattern without quotes.
      const bool takes_more = field->type == "texts" && equals == std::string::npos;
      while (takes_more && i + 1 < arguments.size() && !is_flag(arguments[i + 1])) {
        parts.push_back(arguments[++i]);
      }
      const bool again =
          std::find(begun_lists.begin(), begun_lists.end(), field->name) != begun_lists.end();
      Json list = again ? field->get() : Json::array();
      for (std::string& part : parts) list.push_back(std::move(part));
      begun_lists.push_back(field->name);
      value = std::move(list);
    }
    set(*field, value, field->flag());
    field->asked_for = true;  // the default too: whoever types it expects it to count
  }
}

void Schema::find_without_effect() {
  for (std::string& text : config::find_without_effect(fields_)) problems_.add(std::move(text));
}

namespace {

/// "a, b or c".
std::string alternatives(std::vector<std::string> texts) {
  if (texts.size() < 2) return join(texts, "");
  const std::string last = std::move(texts.back());
  texts.pop_back();
  return join(texts, ", ") + " or " + last;
}

}  // namespace

std::vector<std::string> Schema::unserved(std::span<const Trait> present) const {
  check(!present.empty(), ErrorKind::internal, "what the run is given has no trait");
  std::vector<std::string> given, problems;
  for (const Trait& trait : present) given.emplace_back(trait.text);
  for (const Field& field : fields_) {
    std::vector<std::string> served;
    bool is_served = false;
    for (const Trait& trait : field.traits) {
      if (trait.aspect != present.front().aspect) continue;
      served.emplace_back(trait.text);
      is_served |= std::ranges::find(present, trait) != present.end();
    }
    if (!field.asked_for || served.empty() || is_served) continue;
    problems.push_back(fmt::format("{} is for {}; given is {}: leave it out", field.flag(),
                                   alternatives(std::move(served)), join(given, ", ")));
  }
  return problems;
}

void Schema::find_unserved(const std::vector<Trait>& present) {
  for (std::string& text : unserved(present)) problems_.add(std::move(text));
}

std::vector<std::string> Schema::names() const {
  std::vector<std::string> result;
  for (const Field& field : fields_) result.push_back(field.name);
  return result;
}

std::vector<std::string> Schema::flags() const {
  std::vector<std::string> result;
  for (const Field& field : fields_) result.push_back(field.flag());
  return result;
}

Json Schema::resolved() const {
  Json result = Json::object();
  for (const Field& field : fields_) result[field.section][field.name] = field.get();
  return result;
}

}  // namespace attune::config
