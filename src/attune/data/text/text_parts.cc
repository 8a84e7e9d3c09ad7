#include "attune/data/text/text_parts.h"

#include "attune/base/error.h"
#include "attune/base/log.h"

namespace attune {
TextDatasetOptions dataset_options(const TextColumns& columns, const EncodingOption& encoding,
                                   LabelKind kind) {
  TextDatasetOptions options;
  options.reader = reader_options(columns.table, encoding);
  options.columns.text_column = columns.text_column;
  options.columns.text_pair_column = columns.text_pair_column;
  options.columns.label_columns = columns.label_column;
  options.columns.group_column = columns.division.group_column;
  options.columns.split_column = columns.division.split_column;
  options.label_separator = one_character(columns.label_separator, "--label-separator");
  options.keep_default_na = columns.table.keep_default_na;
  options.label_kind = kind;
  return options;
}

namespace {

/// The part may come from elsewhere; that its authors may be those of the training set must be
/// told.
void warn_of_missing_groups(const TextDataset& part, const std::string& file,
                            const SplitColumns& columns) {
  if (columns.group_column.empty() || has_any_group(part)) return;
  log_warning(
      "{}: there is no column \"{}\": whether its groups are also among those that are learned "
      "from "
      "cannot be checked",
      file, columns.group_column);
}

}  // namespace

TextParts load_text_parts(const TextDataOptions& options, const TextColumns& columns,
                          LabelKind kind, std::uint64_t seed) {
  TextDatasetOptions read = dataset_options(columns, options.encoding, kind);
  read.on_bad_row = options.on_bad_row;
  read.label_names = options.labels;
  read.label_numbers = !options.labels.empty();
  const std::string& name = options.train_file;
  TextParts parts = given_parts(load_text_dataset(name, read), name);
  check_trainable(parts.train, name);
  check(!parts.validation || (!options.split.validation_split && options.validation_file.empty()),
        ErrorKind::user,
        "the data has a validation part already ({} texts); leave out --validation-split and "
        "--validation-file",
        parts.validation ? parts.validation->size() : 0);
  read.label_names = parts.train.label_names;
  // The columns are those of the training table; what it is measured on may come as one part.
  read.columns.may_lack_group = read.columns.may_lack_split = true;
  if (!options.validation_file.empty()) {
    parts.validation = part_or_all(load_text_dataset(options.validation_file, read),
                                   GivenSplit::validation, options.validation_file);
    warn_of_missing_groups(*parts.validation, options.validation_file, columns.division);
  } else if (options.split.validation_split) {
    parts.divide(hold_out(split_basis(parts.train), *options.split.validation_split, seed, name));
  }
  if (!options.test_file.empty()) {
    tell_replaced_test(parts, name, options.test_file);
    parts.test = part_or_all(load_text_dataset(options.test_file, read), GivenSplit::test,
                             options.test_file);
    warn_of_missing_groups(*parts.test, options.test_file, columns.division);
  }
  check_parts_apart(parts, name);
  return parts;
}

}  // namespace attune
