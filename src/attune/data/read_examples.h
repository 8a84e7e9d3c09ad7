#pragma once

#include <string>
#include <vector>

#include "attune/base/text/human.h"
#include "attune/data/bad_rows.h"
#include "attune/data/labels/settle_classes.h"
#include "attune/data/readers/row_reader.h"

namespace attune {

/// Fills `dataset`, whose `label_kind` is set, with what `make` turns the rows into; it throws
/// `RowProblem` where it cannot. `labels` is what `make` reads labels with. Throws `data` where no
/// row can be used, and as `BadRowCollector` and `settle_classes` do.
template <typename Dataset, typename Make>
void read_examples(RowReader& rows, const std::string& name, LabelReader& labels, OnBadRow policy,
                   const Make& make, Dataset& dataset) {
  dataset.files = rows.files();
  BadRowCollector bad(policy);
  std::int64_t total = 0;
  std::vector<RowPlace> late;  // of rows whose label the whole table tells
  for (Row row; rows.next(row); ++total) {
    try {
      dataset.examples.push_back(make(row));
      if (labels.late_count() > late.size()) late.push_back({row.file, row.line, row.lines});
    } catch (const RowProblem& problem) {
      bad.add(
          {rows.files()[static_cast<std::size_t>(row.file)], row.line, problem.reason, row.lines});
    }
  }
  settle_late_labels(dataset, labels, late, name, bad);
  check(total > 0, ErrorKind::data, "{}: the file has a header but no rows", name);
  bad.finish(name, total, labels.has_unknown() ? labels.names().list_text() : "");
  try {
    check(!dataset.examples.empty(), ErrorKind::data, "{}: none of the {} rows can be used", name,
          with_thousands(total));
    if (dataset.label_kind != LabelKind::none) settle_classes(dataset, labels, name);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data || bad.count() == 0) throw;
    throw ErrorBesideBadRows(error, bad.rows());
  }
  dataset.bad_rows = bad.rows();
}

}  // namespace attune
