#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attune/data/readers/byte_source.h"
#include "attune/data/readers/row_reader.h"

namespace attune {

struct CsvOptions {
  /// '\0': what a first line `sep=X` says, which Excel writes and reads; else `usual_delimiter`.
  char delimiter = '\0';
  char usual_delimiter = ',';
  QuoteStyle quote = QuoteStyle::automatic;
  std::vector<std::string> column_names;  ///< empty: the first row is the header
  std::size_t chunk_bytes = std::size_t{1} << 18;
};

/// Reads delimiter-separated values as RFC 4180 defines them: a field that starts with a quote ends
/// with the matching one and may hold delimiters, line ends and doubled quotes. Beyond the RFC:
/// rows end with LF, CRLF or CR, a byte order mark, a first line `sep=X` and blank lines are
/// skipped, and a quote inside an unquoted field stands for itself. `backslash` reads as pandas
/// does with escapechar='\\'.
/// A row with too few or too many fields, with text behind a closing quote or with invalid UTF-8
/// has a `problem`. Throws `data` for an empty file, a header with invalid UTF-8, a quote that
/// never closes (with the line it opened on), and, with `automatic`, for a quoted field over lines
/// each of which would be a whole row if quotes were text: they swallowed rows most often.
std::unique_ptr<RowReader> open_csv(std::unique_ptr<ByteSource> source, const CsvOptions& options);

}  // namespace attune
