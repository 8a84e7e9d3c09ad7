#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/files.h"
#include "attune/base/json.h"
#include "attune/models/head_options.h"

namespace attune {

constexpr std::int64_t kMaxLabels = 1 << 20;

/// Reads typed fields of one config.json. What is missing or null keeps its default; every error
/// (`data`) names file and field. Refers to its arguments.
class ConfigFields {
 public:
  /// Throws `data` unless `json` is an object.
  ConfigFields(const Json& json, const std::string& source);

  bool has(const char* name) const { return json_.contains(name) && !json_.at(name).is_null(); }
  const Json& json() const { return json_; }
  const std::string& source() const { return source_; }

  void read(const char* name, std::int64_t& value) const;
  void read(const char* name, double& value) const;
  void read(const char* name, std::string& value) const;
  void read(const char* name, bool& value) const;
  void read(const char* name, std::vector<std::int64_t>& value) const;

  /// Throws "SOURCE: "NAME" is VALUE, expected EXPECTED" unless `ok`.
  void expect(bool ok, const std::string& name, std::string_view expected) const;
  /// `expect` 1 <= value <= limit.
  void expect_size(const char* name, std::int64_t value, std::int64_t limit) const;

 private:
  const Json& json_;
  const std::string& source_;
};

/// LABEL_0, LABEL_1, ...: the names upstream gives labels without names.
std::vector<std::string> default_labels(std::int64_t count);

/// `id2label`, else `num_labels` (2 where there is neither) nameless labels.
std::vector<std::string> read_labels(const ConfigFields& fields);
std::optional<ProblemType> read_problem_type(const ConfigFields& fields);
/// What a head of so many outputs is where config.json may not say: a regression of one output, as
/// transformers infers it; nothing of several, which may be one class each or several.
std::optional<ProblemType> known_problem_type(std::optional<ProblemType> said, std::int64_t labels);
/// The same, one class an example where nothing is known. Throws `user`, beginning with `source`,
/// where `said` does not fit the number: one class of one, a number from several outputs.
ProblemType settled_problem_type(std::optional<ProblemType> said, std::int64_t labels,
                                 const std::string& source);
/// What the config.json in `folder` says of the problem; nothing where it does not or is missing.
std::optional<ProblemType> find_problem_type(const fs::path& folder);
/// Sets id2label, label2id and problem_type.
void write_labels(Json& json, const std::vector<std::string>& labels,
                  std::optional<ProblemType> problem_type);

/// The labels a user asks for, where `current` are the model's. Throws `user` where number and
/// names contradict each other.
std::vector<std::string> asked_labels(const std::vector<std::string>& current,
                                      const HeadOptions& head);
/// The dropout before the head that a user asks for, if any. Throws `user` unless 0 <= p < 1.
std::optional<double> asked_dropout(const HeadOptions& head);

}  // namespace attune
