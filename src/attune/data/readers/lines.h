#pragma once

#include <memory>
#include <string>

#include "attune/data/readers/byte_source.h"
#include "attune/data/readers/row_reader.h"

namespace attune {

/// Reads a text file as a table of one column: every line is a row, blank ones too. Lines end with
/// LF or CRLF. A line with invalid UTF-8 has a `problem`. Throws `data` for an empty file.
std::unique_ptr<RowReader> open_lines(std::unique_ptr<ByteSource> source, std::string column);

}  // namespace attune
