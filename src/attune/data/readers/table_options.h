#pragma once

#include <string>
#include <vector>

#include "attune/config/field.h"
#include "attune/data/readers/row_reader.h"
#include "attune/data/source_traits.h"

namespace attune {

/// How tables are written. Kept with the saved model: `predict` and `evaluate` read alike.
struct TableOptions {
  std::vector<std::string> columns;
  std::string delimiter;
  QuoteStyle quote = QuoteStyle::automatic;
  bool keep_default_na = true;

  template <typename V>
  void visit(V& v) {
    v("columns", columns, "Names of the columns of a file without a header line")
        .only_for({kDelimitedTable});
    v("delimiter", delimiter,
      "Separator of columns: a character or tab (default: by the file's ending, or its first line "
      "sep=;)")
        .only_for({kDelimitedTable});
    v("quote", quote,
      "What quotes in a table mean: none (text), double (RFC 4180), backslash (\\\" is a quote in "
      "a "
      "text); auto is double, but refuses quoted fields that look like several rows")
        .only_for({kDelimitedTable});
    v("keep_default_na", keep_default_na,
      "Labels and groups that pandas reads as missing (NA, nan, None, null ...) are; "
      "--no-keep-default-na: they are names")
        .only_for({kDelimitedTable, kJsonTable});
  }
};

/// In what encoding tables are. Not kept: the next file may be in another, and read wrongly it
/// looks right.
struct EncodingOption {
  std::string encoding = "utf-8";

  template <typename V>
  void visit(V& v) {
    v("encoding", encoding,
      "Encoding of tables and annotations: utf-8, latin-1, cp1252, utf-16 or any other that iconv "
      "knows")
        .only_for(
            {kDelimitedTable, kJsonTable, kTextLines, kTextFolder, kAnnotation, kRecordingFolder});
  }
};

/// Throws `user` for a delimiter that is not one character.
ReaderOptions reader_options(const TableOptions& table, const EncodingOption& encoding);

/// The character that `text` is: itself, or a tab for "tab" and "\\t"; '\0' for "". Throws `user`,
/// naming `option`, for anything else.
char one_character(const std::string& text, const char* option);

}  // namespace attune
