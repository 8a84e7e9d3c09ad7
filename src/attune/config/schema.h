#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/config/document.h"
#include "attune/config/field.h"

namespace attune::config {

/// Collects everything that is wrong with a run's settings, to be told at once.
class Problems {
 public:
  /// What was told already is not told twice.
  void add(std::string text);
  bool empty() const { return texts_.empty(); }
  /// Throws one `Error{user}` that lists them all.
  void throw_if_any() const;

 private:
  std::vector<std::string> texts_;
};

/// All options of a run, by section (= stage of the pipeline), in the order they were added.
/// Sources are applied in order of precedence: preset, file, flags.
class Schema {
 public:
  /// Begins a section; options are added to it by `add`.
  void add_section(std::string name, std::string help) {
    sections_.push_back({std::move(name), std::move(help)});
  }
  /// Adds the options that `config.visit()` names to a section. `config` must outlive the schema.
  template <typename Config>
  void add(const std::string& name, Config& config) {
    FieldCollector collector(name, fields_);
    config.visit(collector);
  }

  /// Applies a settings file: sections with options, options at the top level, or both; a file of
  /// Hugging Face `TrainingArguments` too, whose arguments without meaning here are named in one
  /// warning. `ignored_keys` (e.g. "task") are read elsewhere.
  void apply(const Document& document, const std::vector<std::string>& ignored_keys = {});

  /// The same of a preset: what it says besides need not have an effect.
  void apply_preset(const Document& document, const std::vector<std::string>& ignored_keys = {});

  /// Applies what this schema knows of a file written for a larger one (a saved run.yaml). Nothing
  /// of it counts as given.
  void apply_known(const Document& document);

  /// Applies command-line flags: `--name value`, `--name=value`, `--flag`, `--no-flag`; `-` and
  /// `_` are the same in names. A list flag may be repeated or hold commas. Arguments of Hugging
  /// Face's are taken as HfArgumentParser takes them; a warning says what each comes to.
  void apply_flags(const std::vector<std::string>& arguments);

  /// Adds a problem for each option that is asked for and has no effect, since another one is not
  /// set that it needs (`Field::only_with`). To be called when defaults are filled in.
  void find_without_effect();
  /// Makes `-` standard output where a file is to be written; adds a problem for each such file
  /// that another option names too, or whose ending names another format than it is written in.
  /// Whether standard output is written to.
  bool settle_outputs();
  /// Options without effect by what the run is given: `present` are all its traits of one aspect. A
  /// text for each option asked for that serves none of them (`Field::only_for`).
  std::vector<std::string> unserved(std::span<const Trait> present) const;
  /// Adds these to the problems.
  void find_unserved(const std::vector<Trait>& present);

  /// Tells where an unknown option would belong: `explain` returns "an option of attune train", or
  /// "" where it is none anywhere.
  void explain_unknown(std::function<std::string(const std::string& name)> explain) {
    explain_unknown_ = std::move(explain);
  }
  /// Whether `name` is an option here, or an argument of Hugging Face's that options here say. A
  /// negation (`no_x`) of a flag is known as well.
  bool knows(const std::string& name) const;

  /// What was wrong so far; rules across fields add to it.
  Problems& problems() { return problems_; }

  /// The option of that name or null; accepts Hugging Face's synonyms and `-` for `_`.
  Field* find(const std::string& name);
  const Field* find(const std::string& name) const;
  const std::vector<Field>& fields() const { return fields_; }

  /// Every option with its value, by section: what `run.yaml` holds. An option that is settled
  /// later
  /// (`Field::settled_later`) and was not given is null, so that what is read back settles it too.
  Json resolved() const;
  /// Options grouped by section, with default, bounds and help, for a terminal.
  std::string help_text() const;
  /// JSON schema (draft 2020-12) of a settings file.
  Json json_schema() const;
  /// The same as Markdown tables, for the reference docs.
  std::string markdown() const;

 private:
  struct Section {
    std::string name, help;
  };

  /// An argument of Hugging Face's, read and to be translated when its source is read to its end.
  struct Pending {
    std::string name, where;
    Json value;
  };
  /// What is told of a file's keys together.
  struct FileNotes {
    std::vector<std::string> idle;                               ///< not used, one text each
    std::vector<std::pair<std::string, std::string>> elsewhere;  ///< key, where it belongs
  };
  class FlagReader;

  void set(Field& field, const Json& value, const std::string& where);
  void apply_entry(const std::string& path, const std::string& key, const Json& value,
                   const Document& document, FileNotes& notes);
  void tell(const FileNotes& notes, const Document& document);
  void translate_pending();
  std::string belongs_to(const std::string& name) const;
  std::vector<std::string> names() const;
  std::vector<std::string> flags() const;

  std::vector<Section> sections_;
  std::vector<Field> fields_;
  Problems problems_;
  std::function<std::string(const std::string& name)> explain_unknown_;
  std::vector<Pending> pending_;
};

}  // namespace attune::config
