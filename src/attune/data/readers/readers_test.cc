#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/data/readers/csv.h"
#include "attune/data/readers/encoding.h"
#include "attune/data/readers/jsonl.h"
#include "attune/data/readers/lines.h"
#include "attune/data/readers/row_reader.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// "LINE|cell|cell" or "LINE!problem" for every row.
std::vector<std::string> dump(RowReader& reader) {
  std::vector<std::string> rows;
  for (Row row; reader.next(row);) {
    std::string text = std::to_string(row.line);
    for (const std::string& cell : row.cells) text += "|" + cell;
    if (!row.problem.empty()) text += "!" + row.problem;
    rows.push_back(text);
  }
  return rows;
}

/// Reads with a large and with the smallest chunk, which must give the same.
std::vector<std::string> read_csv(std::string_view text, CsvOptions options = {}) {
  const auto whole = dump(*open_csv(open_memory(text, "x.csv"), options));
  options.chunk_bytes = 1;
  EXPECT_EQ(dump(*open_csv(open_memory(text, "x.csv"), options)), whole);
  return whole;
}

std::vector<std::string> read_jsonl(std::string_view text,
                                    std::vector<ColumnRequest> requests = {}) {
  std::vector<std::string> first;
  for (const std::size_t chunk : {1U << 18, 1U}) {
    const auto reader = open_jsonl(open_memory(text, "x.jsonl"), chunk);
    if (!requests.empty()) reader->select(requests);
    const auto rows = dump(*reader);
    if (chunk != 1) first = rows;
    EXPECT_EQ(rows, first);
  }
  return first;
}

std::string csv_error(std::string_view text, const CsvOptions& options = {},
                      ErrorKind kind = ErrorKind::data) {
  return error_of(kind, [&] { read_csv(text, options); });
}

/// CTest runs each test in a process of its own, several at once.
fs::path temporary_path(const std::string& name) {
  return fs::path(::testing::TempDir()) / fmt::format("attune_readers_test-{}", getpid()) / name;
}

fs::path write_temporary(const std::string& name, std::string_view text) {
  const fs::path path = temporary_path(name);
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

TEST(Csv, ReadsQuotesSeparatorsAndLineEnds) {
  EXPECT_THAT(read_csv("text,label\n"
                       "plain,1\n"
                       "\"a, b\",2\n"
                       "\"say \"\"hi\"\"\",3\n"
                       "\"two\nlines\",4\r\n"
                       "\"\",\"\"\n"
                       "\"\"\"\",5\n"
                       "last,6"),
              ElementsAre("2|plain|1", "3|a, b|2", "4|say \"hi\"|3", "5|two\nlines|4", "7||",
                          "8|\"|5", "9|last|6"));
}

TEST(Csv, AcceptsEveryLineEndAndCountsLinesAsAnEditorDoes) {
  EXPECT_THAT(read_csv("a,b\r\n1,2\r\n\"x\r\ny\",3\r\n4,5\r\n"),
              ElementsAre("2|1|2", "3|x\r\ny|3", "5|4|5"));
  EXPECT_THAT(read_csv("a,b\r1,2\r\"x\ry\",3\r4,5"), ElementsAre("2|1|2", "3|x\ry|3", "5|4|5"));
}

TEST(Csv, SkipsMarkAndBlankLines) {
  EXPECT_THAT(read_csv("\xEF\xBB\xBF\n\na,b\n\n1,2\n\r\n\n3,4\n\n"), ElementsAre("5|1|2", "8|3|4"));
}

TEST(Csv, KeepsQuotesInsideUnquotedFields) {
  EXPECT_THAT(read_csv("a,b\n5\" disk,it's\n"), ElementsAre("2|5\" disk|it's"));
}

TEST(Csv, WithoutQuotesTheyAreText) {
  EXPECT_THAT(read_csv("a\tb\n\"open\tx\n", {.delimiter = '\t', .quote = QuoteStyle::none}),
              ElementsAre("2|\"open|x"));
}

TEST(Csv, TakesColumnNamesInPlaceOfAHeader) {
  EXPECT_THAT(read_csv("1,2\n3,4\n", {.column_names = {"a", "b"}}), ElementsAre("1|1|2", "2|3|4"));
}

TEST(Csv, NamesTheLineOfARowWithTooFewOrTooManyFields) {
  const auto rows = read_csv("a,b\n\"x\ny\",1\nonly\n1,2,3\n5,6\n");
  EXPECT_THAT(rows,
              ElementsAre("2|x\ny|1", "4!1 field, expected 2", StartsWith("5!3 fields"), "6|5|6"));
}

TEST(Csv, ReportsTextBehindAClosingQuote) {
  EXPECT_THAT(read_csv("a,b\n1,\"x\" y\n3,4\n"),
              ElementsAre(HasSubstr("2!field 2 has text behind its closing quote"), "3|3|4"));
}

TEST(Csv, ReportsInvalidUtf8ByLine) {
  EXPECT_THAT(read_csv("a,b\n\"x\ncaf\xE9\",1\n3,4\n"),
              ElementsAre(HasSubstr("2!invalid UTF-8 (byte 0xE9 on line 3)"), "4|3|4"));
  EXPECT_THAT(csv_error("caf\xE9,b\n1,2\n"), HasSubstr("x.csv:1: the header has invalid UTF-8"));
  EXPECT_THAT(csv_error(std::string_view("\xFF\xFE"
                                         "a\0,\0",
                                         6)),
              HasSubstr("x.csv:1: the file is utf-16"));
}

TEST(Csv, NamesTheLineOnWhichAnUnclosedQuoteOpened) {
  EXPECT_THAT(csv_error("a,b\n1,2\n\"x\ny\",\"open\n5,6\n7,8\n"),
              HasSubstr("x.csv:4: the quote that opens here (field 2) never closes"));
}

TEST(Csv, ColumnsOfOneNameMatterToWhoeverAsksForThem) {
  const auto open = [] { return open_csv(open_memory("id,id,text\n1,2,x\n", "x.csv"), {}); };
  const std::vector<ColumnRequest> text = {{"text"}}, id = {{"id"}};
  const auto reader = open();
  reader->select(text);
  EXPECT_THAT(dump(*reader), ElementsAre("2|x"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { open()->select(id); }),
              HasSubstr("x.csv: the columns 1 and 2 are both named \"id\""));
}

TEST(Csv, FollowsExcelsFirstLine) {
  EXPECT_THAT(read_csv("sep=;\r\ntext;label\r\na, b;1\r\n"), ElementsAre("3|a, b|1"));
  EXPECT_THAT(read_csv("\xEF\xBB\xBF\"sep=\t\"\na\tb\n1\t2\n"), ElementsAre("3|1|2"));
  EXPECT_THAT(read_csv("sep=;\na,b\n1,2\n", {.delimiter = ','}), ElementsAre("3|1|2"));
  EXPECT_THAT(read_csv("sep=;x,b\n1,2\n"), ElementsAre("2|1|2"));
  EXPECT_THAT(read_csv("sep=\n1\n"), ElementsAre("2|1"));
}

// The values are those of pandas.read_csv(..., escapechar="\\") and csv.reader of Python 3.11.
TEST(Csv, BackslashesEscapeInAndOutOfQuotes) {
  const CsvOptions options{.quote = QuoteStyle::backslash};
  EXPECT_THAT(read_csv("a,b\n\"say \\\"hi\\\"\",1\nx\\,y,2\n\"c:\\\\d \"\"q\"\"\",3\n", options),
              ElementsAre("2|say \"hi\"|1", "3|x,y|2", "4|c:\\d \"q\"|3"));
  EXPECT_THAT(read_csv("a,b\n\"say \\\"hi\\\"\",1\n"),
              ElementsAre(HasSubstr("2!field 1 has text behind its closing quote; set --quote "
                                    "backslash")));
}

TEST(Csv, RefusesAQuotedFieldThatSwallowedRows) {
  const std::string swallowed =
      "text,label\nfine,pos\n\"Not mine,neg\na screen of 15\",pos\nx,neg\n";
  EXPECT_THAT(
      csv_error(swallowed),
      HasSubstr("x.csv:3: a quoted field reaches over lines 3 to 4, but each of them would be "
                "a whole row; set --quote none"));
  EXPECT_THAT(read_csv(swallowed, {.quote = QuoteStyle::none}),
              ElementsAre("2|fine|pos", "3|\"Not mine|neg", "4|a screen of 15\"|pos", "5|x|neg"));
  EXPECT_THAT(read_csv(swallowed, {.quote = QuoteStyle::doubled}),
              ElementsAre("2|fine|pos", "3|Not mine,neg\na screen of 15|pos", "5|x|neg"));
  // Text behind the closing quote is no excuse.
  EXPECT_THAT(csv_error("a\tb\n\"Not\tneg\na one\" she\tpos\n", {.delimiter = '\t'}),
              HasSubstr("lines 2 to 3"));
  // A backslash before the last quote makes the field go on.
  EXPECT_THAT(csv_error("a\tb\n\"just 5\\\"\"\t1\n\"she\"\t2\n", {.delimiter = '\t'}),
              HasSubstr("--quote backslash"));
}

TEST(Csv, TakesProseOfSeveralLines) {
  EXPECT_THAT(read_csv("text,label\n\"Dear all,\nit was fine, really\",pos\n\"a\nb\",neg\n"),
              ElementsAre("2|Dear all,\nit was fine, really|pos", "4|a\nb|neg"));
}

TEST(Csv, CountsTheLinesOfARow) {
  const auto reader = open_csv(open_memory("a,b\n\"x\n\ny\",1\nz,2", "x.csv"), {});
  std::vector<std::int64_t> lines;
  for (Row row; reader->next(row);) lines.push_back(row.lines);
  EXPECT_THAT(lines, ElementsAre(3, 1));
}

TEST(Csv, RefusesEmptyFiles) {
  EXPECT_THAT(csv_error(""), HasSubstr("x.csv: the file is empty"));
  EXPECT_THAT(csv_error("\xEF\xBB\xBF\n\n"), HasSubstr("x.csv: the file is empty"));
  EXPECT_THAT(csv_error("a\n", {.delimiter = '"'}, ErrorKind::user), HasSubstr("delimiter"));
}

TEST(Csv, BoundsColumnsAndRows) {
  EXPECT_THAT(csv_error(std::string(20000, ',')),
              HasSubstr("20001 fields, expected at most 16384"));
  const std::string endless = "a,b\n1,2\n\"" + std::string(RecordWindow::kMaxRecordBytes + 9, 'x');
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { dump(*open_csv(open_memory(endless, "x.csv"), {})); }),
      HasSubstr("x.csv:3: "));
}

TEST(Rows, SelectTakesColumnsInTheGivenOrder) {
  const auto reader = open_csv(open_memory("a,b,c\n1,2,3\n", "x.csv"), {});
  EXPECT_THAT(reader->columns(), ElementsAre("a", "b", "c"));
  const std::vector<ColumnRequest> requests = {{"c"}, {"a"}};
  reader->select(requests);
  EXPECT_THAT(dump(*reader), ElementsAre("2|3|1"));
}

TEST(Rows, MissingColumnListsThosePresentAndTheNearest) {
  const auto reader = open_csv(open_memory("id,texts,label\n", "x.csv"), {});
  const std::vector<ColumnRequest> requests = {{"text"}};
  const std::string error = error_of(ErrorKind::data, [&] { reader->select(requests); });
  EXPECT_THAT(error, HasSubstr("x.csv: no column \"text\" (did you mean \"texts\"?)"));
  EXPECT_THAT(error, HasSubstr("its columns are: id, texts, label"));
  const auto semicolons = open_csv(open_memory("text;label\n", "x.csv"), {});
  EXPECT_THAT(error_of(ErrorKind::data, [&] { semicolons->select(requests); }),
              HasSubstr("its columns seem to be separated by \";\": set --delimiter \";\""));
  const auto blanks = open_csv(open_memory("id text\n", "x.csv"), {});
  EXPECT_THAT(error_of(ErrorKind::data, [&] { blanks->select(requests); }),
              HasSubstr("set --delimiter \" \""));
}

TEST(Jsonl, GivesScalarsAsText) {
  EXPECT_THAT(read_jsonl("{\"a\": \"x\\n\\u00e9\\\"\", \"b\": 3}\n"
                         "\n"
                         "{\"b\": 1.0, \"a\": null}\r\n"
                         "{\"a\": true, \"b\": 0.1, \"other\": {\"deep\": [1]}}\n"
                         "{\"a\": -7, \"b\": 1e300}"),
              ElementsAre("1!no \"other\"", "3!no \"other\"",
                          StartsWith("4!\"other\" holds an object, expected a string or a number"),
                          "5!no \"other\""));
  EXPECT_THAT(read_jsonl("{\"a\": \"x\\n\\u00e9\\\"\", \"b\": 3}\n"
                         "\n"
                         "{\"b\": 1.0, \"a\": null}\r\n"
                         "{\"a\": true, \"b\": 0.1, \"other\": {\"deep\": [1]}}\n"
                         "{\"a\": -7, \"b\": 1e300}",
                         {{"a"}, {"b"}}),
              ElementsAre("1|x\n\xC3\xA9\"|3", "3||1.0", "4|true|0.1", "5|-7|1e+300"));
}

TEST(Jsonl, TakesAMemberOfAnObject) {
  const auto reader =
      open_jsonl(open_memory("{\"a\": {\"path\": \"x.wav\", \"bytes\": null}}\n"
                             "{\"a\": \"y.wav\"}\n{\"a\": {\"bytes\": null}}\n",
                             "x.jsonl"));
  const std::vector<ColumnRequest> requests = {{.name = "a", .member = "path"}};
  reader->select(requests);
  Row row;
  ASSERT_TRUE(reader->next(row));
  EXPECT_EQ(row.cells[0], "x.wav");
  ASSERT_TRUE(reader->next(row));
  EXPECT_EQ(row.cells[0], "y.wav");
  ASSERT_TRUE(reader->next(row));
  EXPECT_EQ(row.problem, "\"a\" holds an object without \"path\"");
}

TEST(Jsonl, ReportsBadLinesByNumber) {
  const auto rows = read_jsonl(
      "{\"a\": 1}\n"
      "{\"a\": 1\n"
      "[1, 2]\n"
      "{\"b\": 1}\n"
      "{\"a\": 1, \"a\": 2}\n"
      "{\"a\": [1, \"x\"]}\n"
      "{\"a\": \"caf\xE9\"}\n"
      "{\"a\": NaN}\n"
      "{\"a\": 2}\n",
      {{"a"}});
  EXPECT_THAT(rows, ElementsAre("1|1", StartsWith("2!not valid JSON"),
                                StartsWith("3!an array where an object was expected"), "4!no \"a\"",
                                "5!the key \"a\" twice",
                                "6!\"a\" holds an array, expected a string or a number",
                                HasSubstr("7!invalid UTF-8 (byte 0xE9 on line 7)"),
                                StartsWith("8!not valid JSON"), "9|2"));
  EXPECT_THAT(read_jsonl("{\"a\": [1, \"x\"]}", {{"a", true}}), ElementsAre("1|[1,\"x\"]"));
}

TEST(Jsonl, ColumnsAreTheKeysOfTheFirstLines) {
  const auto reader = open_jsonl(open_memory("{\"a\": 1}\n{\"b\": 2, \"a\": 1}\n", "x.jsonl"));
  EXPECT_THAT(reader->columns(), ElementsAre("a", "b"));
}

TEST(Jsonl, FindsAColumnBehindManyOthers) {
  const auto object = [](int keys) {
    std::string text = "{";
    for (int i = 0; i < keys; ++i) text += fmt::format("\"k{}\": {}, ", i, i);
    return text + "\"text\": \"x\"}\n";
  };
  EXPECT_THAT(read_jsonl(object(16'500), {{"text"}}), ElementsAre("1|x"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_jsonl(object(70'000), {{"text"}}); }),
              HasSubstr("no more than 65536 keys of its first rows are looked at"));
}

TEST(Jsonl, NamesWhatPandasAndPythonWriteInPlaceOfRows) {
  const auto error = [](std::string_view text) {
    const std::vector<ColumnRequest> requests = {{"text"}};
    return error_of(ErrorKind::data,
                    [&] { open_jsonl(open_memory(text, "x.json"))->select(requests); });
  };
  const auto records = HasSubstr("to_json(..., orient='records', lines=True)");
  // to_json() of a frame: columns, or the index, first.
  EXPECT_THAT(read_jsonl(R"({"text": {"0": "x"}, "label": {"0": 1}})", {{"text"}}),
              ElementsAre(records));
  EXPECT_THAT(error(R"({"0": {"text": "x", "label": 1}, "1": {"text": "y", "label": 0}})"),
              records);
  EXPECT_THAT(error(R"({"columns": ["text"], "index": [0], "data": [["x"]]})"), records);
  EXPECT_THAT(error(R"({"review": "x"})"), ::testing::Not(records));
  EXPECT_THAT(read_jsonl("{\"a\": \"NaN\\\"\", \"b\": NaN}\n{\"a\": 1, \"b\": 2}\n", {{"a"}}),
              ElementsAre(HasSubstr("NaN is none of its values"), "2|1"));
  EXPECT_THAT(read_jsonl("{\"a\": -Infinity}\n{\"a\": 1}\n", {{"a"}}),
              ElementsAre(HasSubstr("-Infinity is none"), "2|1"));
  EXPECT_THAT(read_jsonl("{\"a\": [1]}", {{.name = "a", .array_hint = "do this"}}),
              ElementsAre(HasSubstr("expected a string or a number; do this")));
}

TEST(Rows, NamesAnotherEncodingOrPacking) {
  using namespace std::string_view_literals;
  const auto error = [](std::string_view bytes) {
    return error_of(ErrorKind::data, [&] { read_csv(bytes); });
  };
  EXPECT_THAT(error("t\0e\0x\0t\0\n\0"sv), HasSubstr("set --encoding utf-16-le"));
  EXPECT_THAT(error("\0t\0e\0x\0t\0\n"sv), HasSubstr("set --encoding utf-16-be"));
  EXPECT_THAT(error("\xFF\xFEt\0"sv), HasSubstr("set --encoding utf-16"));
  EXPECT_THAT(error("\xFF\xFE\0\0t\0\0\0"sv), HasSubstr("set --encoding utf-32"));
  EXPECT_THAT(error("t\0\0\0e\0\0\0"sv), HasSubstr("set --encoding utf-32-le"));
  EXPECT_THAT(error("\x1F\x8B\x08\0"sv), HasSubstr("packed by gzip"));
  EXPECT_THAT(read_csv("a\ncaf\xE9\n"), ElementsAre(HasSubstr("--encoding cp1252")));
}

TEST(Jsonl, RefusesFilesWithoutObjects) {
  EXPECT_THAT(error_of(ErrorKind::data, [] { read_jsonl(""); }),
              HasSubstr("x.jsonl: the file is empty"));
  EXPECT_THAT(error_of(ErrorKind::data, [] { read_jsonl("\n \n"); }),
              HasSubstr("x.jsonl: the file has no row"));
}

TEST(Jsonl, ReadsAnArrayOfObjects) {
  EXPECT_THAT(
      read_jsonl(
          "\n [\n  {\"a\": \"x]}\\\"\",\n   \"b\": [{\"c\": 1}]}\n,{\"a\": 2},\n {\"b\": 1}]\n\n",
          {{"a"}}),
      ElementsAre("3|x]}\"", "5|2", "6!no \"a\""));
  EXPECT_THAT(read_jsonl("[{\"a\": 1}, 7]", {{"a"}}),
              ElementsAre("1|1", "1!a number where an object was expected"));
  for (const auto& [text, message] :
       {std::pair{"[", "the array does not end"},
        {"[]", "the file has no row"},
        {"[{\"a\": 1}\n{\"a\": 2}]", "x.jsonl:2: expected a comma"},
        {"[{\"a\": 1},\n{\"a\": ", "the array does not end"},
        {"[{\"a\": 1}]\n{\"a\": 2}", "there is more behind the array"},
        {"[{\"a\": 1},]", "expected a comma and another object"}}) {
    EXPECT_THAT(error_of(ErrorKind::data, [&] { read_jsonl(text); }), HasSubstr(message)) << text;
  }
}

std::string gzip(std::string_view text) {
  std::string bytes(1024, '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  deflate(&stream, Z_FINISH);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

TEST(Rows, ReadsGzipMemberByMember) {
  const std::string both = gzip("a,b\n1,2\n") + gzip("3,4\n");
  EXPECT_THAT(dump(*open_rows(write_temporary("rows.csv.gz", both))),
              ElementsAre("2|1|2", "3|3|4"));
  const fs::path cut =
      write_temporary("cut.csv.gz", std::string_view(both).substr(0, both.size() - 9));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { dump(*open_rows(cut)); }),
              HasSubstr("cut.csv.gz: the .gz file is cut off"));
  const fs::path plain = write_temporary("plain.csv.gz", "a,b\n1,2\n");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { dump(*open_rows(plain)); }),
              HasSubstr("no .gz file"));
}

TEST(Rows, DecodesTheEncodingThatIsSaid) {
  const auto read = [](std::string_view bytes, const std::string& encoding) {
    return dump(*open_rows(write_temporary("encoded.csv", bytes), {.encoding = encoding}));
  };
  for (const char* encoding : {"latin-1", "LATIN1", "iso-8859-1", "cp1252", "windows-1252"}) {
    EXPECT_THAT(read("a\ncaf\xE9\n", encoding), ElementsAre("2|caf\xC3\xA9")) << encoding;
  }
  EXPECT_THAT(read("a\n\x80 5\n", "cp1252"), ElementsAre("2|\xE2\x82\xAC 5"));
  EXPECT_THAT(read("a\n\x83\x65\n", "shift_jis"), ElementsAre("2|\xE3\x83\x86"));
  EXPECT_THAT(read({"\xFF\xFE"
                    "a\0\n\0\xE9\0\n\0",
                    10},
                   "utf-16"),
              ElementsAre("2|\xC3\xA9"));
  EXPECT_THAT(read({"\0a\0\n\0\xE9\0\n", 8}, "utf-16-be"), ElementsAre("2|\xC3\xA9"));
  EXPECT_THAT(read("\xEF\xBB\xBF"
                   "a\n\xC3\xA9\n",
                   "utf-8-sig"),
              ElementsAre("2|\xC3\xA9"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read("a\nx\x81y\n", "cp1252"); }),
              HasSubstr("encoded.csv: byte 0x81 at offset 3 is no cp1252"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read("a\ncaf\xC3\xA9\n", "latin-1"); }),
              HasSubstr("the file is UTF-8, not latin-1"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read("a\nx\n", "utf-16"); }),
              HasSubstr("the file is UTF-8, not utf-16"));
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] {
                         read({"a\0\n\0x", 5}, "utf-16-le");
                       }),
              HasSubstr("cut off"));
  EXPECT_THAT(error_of(ErrorKind::user, [&] { read("a\nx\n", "klingon"); }),
              HasSubstr("--encoding: \"klingon\" is not known"));
  EXPECT_THAT(error_of(ErrorKind::user, [&] { read("a\nx\n", "latin1//TRANSLIT"); }),
              HasSubstr("is not known"));
}

TEST(Rows, DecodesLongTextsInPieces) {
  std::string bytes, expected;
  for (int i = 0; i < 100000; ++i) {
    bytes += "\xE9\x82";
    expected += "\xC3\xA9\xE2\x80\x9A";
  }
  EXPECT_EQ(decode_text(bytes, "cp1252", "x"), expected);
}

TEST(Rows, APipesFormatFollowsItsFirstLine) {
  const auto read = [](std::string_view text, const ReaderOptions& options = {}) {
    const auto reader = open_rows(open_memory(text, "pipe"), options, "text");
    const std::vector<ColumnRequest> requests = {{"text"}};
    reader->select(requests);
    return dump(*reader);
  };
  EXPECT_THAT(read("good film\nbad, too\n"), ElementsAre("1|good film", "2|bad, too"));
  EXPECT_THAT(read("id,text\n1,x\n"), ElementsAre("2|x"));
  EXPECT_THAT(read("\"id\"\t\"text\"\n1\tx\n"), ElementsAre("2|x"));
  EXPECT_THAT(read("{\"text\": \"x\"}\n"), ElementsAre("1|x"));
  EXPECT_THAT(read("[{\"text\": \"x\"}]"), ElementsAre("1|x"));
  // The column's name alone is a header: what follows are fields, which may be quoted.
  EXPECT_THAT(read("text\n\"a, b\"\n"), ElementsAre("2|a, b"));
  EXPECT_THAT(read("\xEF\xBB\xBF\"text\"\r\nx\r\n"), ElementsAre("2|x"));
  EXPECT_THAT(read("texts\nx\n"), ElementsAre("1|texts", "2|x"));
  EXPECT_THAT(read("text\n", {.format = TableFormat::txt}), ElementsAre("1|text"));
  EXPECT_THAT(read("id,text\n", {.format = TableFormat::txt}), ElementsAre("1|id,text"));
  EXPECT_THAT(read("1,x\n", {.column_names = {"id", "text"}}), ElementsAre("1|x"));
}

TEST(Rows, NamesTheLineThatConvertsWhatOthersRead) {
  EXPECT_THAT(error_of(ErrorKind::user, [] { open_rows(write_temporary("r.parquet", "PAR1")); }),
              HasSubstr("pandas.read_parquet('"));
  EXPECT_THAT(error_of(ErrorKind::user, [] { open_rows(write_temporary("r.xlsx", "PK")); }),
              HasSubstr("pandas.read_excel('"));
}

TEST(Rows, FormatFollowsTheExtension) {
  EXPECT_THAT(dump(*open_rows(write_temporary("rows.TSV", "a\tb,c\n1\t2\n"))),
              ElementsAre("2|1|2"));
  EXPECT_THAT(dump(*open_rows(write_temporary("rows.csv", "a;b\n1;2\n"), {.delimiter = ';'})),
              ElementsAre("2|1|2"));
  EXPECT_THAT(dump(*open_rows(write_temporary("rows.json", "{\"a\": 1}\n"))), ElementsAre("1|1"));
  EXPECT_THAT(error_of(ErrorKind::user, [] { open_rows(write_temporary("rows.pkl", "PK")); }),
              HasSubstr("cannot tell the format of a \".pkl\" file"));
  EXPECT_THAT(
      error_of(ErrorKind::user,
               [] { open_rows(write_temporary("r.jsonl", "{}"), {.column_names = {"a"}}); }),
      HasSubstr("only .csv, .tsv and .txt"));
  EXPECT_THAT(error_of(ErrorKind::io, [] { open_rows("/nowhere/x.csv"); }),
              HasSubstr("/nowhere/x.csv"));
}

TEST(TextFolder, GivesAFilePerRowInOrder) {
  const fs::path root = temporary_path("folder_rows");
  fs::remove_all(root);
  write_temporary("folder_rows/pos/2.txt", "second");
  write_temporary("folder_rows/pos/1.txt",
                  "\xEF\xBB\xBF"
                  "first\nline");
  write_temporary("folder_rows/neg/1.txt", "bad \xFF byte");
  write_temporary("folder_rows/neg/notes.md", "left out");
  write_temporary("folder_rows/README", "left out");
  const auto reader = open_rows(root);
  EXPECT_THAT(reader->files(),
              ElementsAre(HasSubstr("neg/1.txt"), HasSubstr("pos/1.txt"), HasSubstr("pos/2.txt")));
  EXPECT_THAT(dump(*reader), ElementsAre(HasSubstr("0!invalid UTF-8 (byte 0xFF on line 1)"),
                                         "0|first\nline|pos", "0|second|pos"));
  const std::vector<ColumnRequest> review = {{"review"}};
  EXPECT_THAT(error_of(ErrorKind::data, [&] { reader->select(review); }),
              ::testing::AllOf(HasSubstr("folder_rows: no column \"review\""),
                               HasSubstr("a folder of class folders has these two alone")));
  fs::create_directories(root / "empty");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { open_rows(root); }),
              HasSubstr("empty: the folder names a class but"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { open_rows(root / "empty"); }),
              HasSubstr("holds no class"));
}

TEST(Lines, EveryLineIsARow) {
  const std::string text =
      "first\r\n\nthird, with \"quotes\"\nb\xE9"
      "d\nlast";
  const auto rows = open_lines(open_memory(text, "x.txt"), "text");
  std::vector<std::string> texts;
  Row row;
  while (rows->next(row)) texts.push_back(row.problem.empty() ? row.cells.at(0) : row.problem);
  ASSERT_EQ(texts.size(), 5U);
  EXPECT_EQ(texts[0], "first");
  EXPECT_EQ(texts[1], "");
  EXPECT_EQ(texts[2], "third, with \"quotes\"");
  EXPECT_THAT(texts[3], ::testing::HasSubstr("line 4"));
  EXPECT_EQ(texts[4], "last");
  EXPECT_EQ(row.line, 5);
  EXPECT_THROW(open_lines(open_memory("", "x.txt"), "text"), Error);
}

}  // namespace
}  // namespace attune
