#pragma once

#include <string>

#include "attune/data/image/pictures/picture_finder.h"
#include "attune/data/readers/row_reader.h"

namespace attune {

/// How a table of pictures is to be read: as `given`, unless it is a .txt file, of which neither
/// the separator nor the columns are known (the lists of caffe and its successors: "cat/1.jpg 0").
/// Then the separator is the first of tab, comma, semicolon, bar and blank at which the first line
/// parts into the given columns, or into names with `image_column` among them. Without either,
/// where the first line is a file that `files` finds and at most one thing more, the file has no
/// header line: its columns are `image_column` and `label_column` ("": any), which is told. Throws
/// `user`, with the options that help, for anything else, and as `open_rows`.
ReaderOptions picture_list_options(const fs::path& path, const ReaderOptions& given,
                                   const std::string& image_column, const std::string& label_column,
                                   FileFinder& files);

}  // namespace attune
