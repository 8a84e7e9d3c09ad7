#include "attune/config/schema.h"

#include <algorithm>
#include <utility>

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

bool Schema::knows(const std::string& name) const {
  const std::string canonical = canonical_argument(name);
  if (find(canonical) != nullptr) return true;
  const TranslatedArgument* const translated = find_translated(canonical);
  if (translated != nullptr) return find(std::string(translated->option)) != nullptr;
  if (!canonical.starts_with("no_")) return false;
  const Field* const negated = find(canonical.substr(3));
  return negated != nullptr && negated->type == "flag";
}

std::string Schema::belongs_to(const std::string& name) const {
  return explain_unknown_ ? explain_unknown_(canonical_argument(name)) : "";
}

const Field* Schema::find(const std::string& name) const {
  return const_cast<Schema*>(this)->find(name);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

void Schema::set(Field& field, const Json& value, const std::string& where) {
  if (field.is_settled_later && value.is_null()) {
    field.set(field.default_value);
    field.given = field.asked_for = false;
    return;
  }
  // Collected rather than thrown, so that one run tells all mistakes.
  const std::string problem = field.set(value);
  if (!problem.empty()) {
    problems_.add(fmt::format("{}: got {}, {}", where, value.dump(), problem));
  }
  // Even where the value was refused: the user wanted something, and no default stands in for it.
  field.given = true;
  field.asked_for = field.get() != field.default_value;
}

void Schema::apply_entry(const std::string& path, const std::string& key, const Json& value,
                         const Document& document, FileNotes& notes) {
  const std::string where = fmt::format("{}: {}", document.where(path), path);
  Field* field = find(key);
  if (field != nullptr) {
    // Hugging Face writes null for "not set" everywhere.
    if (!value.is_null() || field->nullable || field->is_settled_later) set(*field, value, where);
    return;
  }
  const std::string name = canonical_argument(key);
  if (find_translated(name) != nullptr && knows(name)) {
    pending_.push_back({name, where, value});
    return;
  }
  if (const HfArgument* const argument = find_hf_argument(name)) {
    if (asks_for_nothing(*argument, value)) return;
    if (argument->refused) {
      return problems_.add(fmt::format("{}: got {}, {}", where, value.dump(), argument->instead));
    }
    notes.idle.push_back(fmt::format("{}: {}", key, argument->instead));
    return;
  }
  if (const std::string other = belongs_to(key); !other.empty()) {
    notes.elsewhere.emplace_back(path, other);
    return;
  }
  problems_.add(fmt::format("{}: unknown option{}", where, did_you_mean(key, names())));
}

/// Together what has one reason: a file of another verb's has dozens of them.
void Schema::tell(const FileNotes& notes, const Document& document) {
  if (!notes.idle.empty()) {
    log_warning("{}: these arguments of Hugging Face's are not used:\n  {}", document.source,
                join(notes.idle, "\n  "));
  }
  std::vector<std::string> reasons;
  for (const auto& [key, reason] : notes.elsewhere) {
    if (std::ranges::find(reasons, reason) == reasons.end()) reasons.push_back(reason);
  }
  for (const std::string& reason : reasons) {
    std::vector<std::string> keys;
    for (const auto& [key, other] : notes.elsewhere) {
      if (other == reason) keys.push_back(key);
    }
    const std::string where = keys.size() == 1 ? document.where(keys.front()) : document.source;
    problems_.add(fmt::format("{}: {}: {}", where, join(keys, ", "), reason));
  }
}

/// `lr_scheduler_kwargs` mean what the schedule says, which may stand behind them.
void Schema::translate_pending() {
  for (const Pending& argument : std::exchange(pending_, {})) {
    const Field* const schedule = find("lr_scheduler_type");
    const Translation translation = translate_argument(
        argument.name, argument.value,
        schedule == nullptr ? std::string() : schedule->get().get<std::string>());
    if (!translation.problem.empty()) {
      problems_.add(fmt::format("{}: got {}, {}", argument.where, argument.value.dump(),
                                translation.problem));
    }
    for (const auto& [name, value] : translation.options) {
      if (Field* const field = find(name)) {
        set(*field, value, fmt::format("{} ({})", argument.where, name));
      }
    }
  }
}

void Schema::apply(const Document& document, const std::vector<std::string>& ignored_keys) {
  FileNotes notes;
  for (const auto& entry : document.value.items()) {
    const std::string& key = entry.key();
    const Json& value = entry.value();
    if (std::find(ignored_keys.begin(), ignored_keys.end(), key) != ignored_keys.end()) continue;
    const bool is_section = std::any_of(sections_.begin(), sections_.end(),
                                        [&](const Section& s) { return s.name == key; });
    if (!is_section || !value.is_object()) {
      apply_entry(key, key, value, document, notes);
      continue;
    }
    for (const auto& [name, inner] : value.items()) {
      apply_entry(key + "." + name, name, inner, document, notes);
    }
  }
  translate_pending();
  tell(notes, document);
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

void Schema::find_without_effect() {
  for (std::string& text : config::find_without_effect(fields_)) problems_.add(std::move(text));
}

bool Schema::settle_outputs() {
  std::vector<std::string> piped;
  for (const Field& field : fields_) {
    if (!field.is_written) continue;
    if (field.get() == "-") field.set(kStandardOutput);
    if (field.get() == kStandardOutput) piped.push_back(field.flag());
  }
  if (piped.size() > 1) {
    problems_.add(fmt::format("{} are both standard output: choose a file for one of them",
                              join(piped, " and ")));
  }
  for (std::string& text : config::find_output_problems(fields_)) problems_.add(std::move(text));
  return !piped.empty();
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
  for (const Field& field : fields_) {
    const Json value = field.get();
    const bool is_open = field.is_settled_later && !field.given && value == field.default_value;
    result[field.section][field.name] = is_open ? Json() : value;
  }
  return result;
}

}  // namespace attune::config
