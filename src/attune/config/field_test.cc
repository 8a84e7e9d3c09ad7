#include "attune/config/field.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attune::config {

enum class Size { small, very_large };
constexpr auto enum_names(Size) {
  return std::to_array<std::pair<Size, std::string_view>>(
      {{Size::small, "small"}, {Size::very_large, "very-large"}});
}

/// What earlier versions called it.
constexpr auto enum_synonyms(Size) {
  return std::to_array<std::pair<Size, std::string_view>>({{Size::very_large, "2"}});
}

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Convert, SynonymsAreReadAndNotShown) {
  for (const Json& json : {Json("very-large"), Json("2"), Json(2)}) {
    Size size{};
    EXPECT_TRUE(convert::read(json, size)) << json;
    EXPECT_EQ(size, Size::very_large);
  }
  EXPECT_EQ(convert::write(Size::very_large), "very-large");
  Size size{};
  EXPECT_FALSE(convert::read(Json("1"), size));
}

template <typename T>
std::optional<T> read_as(const Json& json) {
  T value{};
  return convert::read(json, value) ? std::optional(value) : std::nullopt;
}

TEST(Convert, WholeNumbers) {
  const auto whole = read_as<std::int64_t>;
  EXPECT_EQ(whole(7), 7);
  EXPECT_EQ(whole(7.0), 7);
  EXPECT_EQ(whole("+5"), 5);
  EXPECT_EQ(whole(" -5 "), -5);
  EXPECT_EQ(whole("1e3"), 1000);
  EXPECT_EQ(whole("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(whole("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const Json& bad :
       {Json(1.5), Json("1.5"), Json(""), Json(" "), Json("0x10"), Json("1_000"), Json("1,000"),
        Json("1 2"), Json("--1"), Json("+-1"), Json("nan"), Json("1e30"), Json(true), Json(nullptr),
        Json("9223372036854775808"), Json(std::uint64_t{1} << 63), Json::array({1})}) {
    EXPECT_EQ(whole(bad), std::nullopt) << bad;
  }
}

TEST(Convert, Numbers) {
  const auto number = read_as<double>;
  EXPECT_EQ(number("2e-5"), 2e-5);
  EXPECT_EQ(number(".5"), 0.5);
  EXPECT_EQ(number("+1."), 1.0);
  EXPECT_EQ(number(3), 3.0);
  for (const Json& bad :
       {Json("nan"), Json("inf"), Json("-INF"), Json("1e999"), Json("1,5"), Json("1e"), Json("+-1"),
        Json("1f"), Json(false), Json(nullptr), Json(std::numeric_limits<double>::infinity())}) {
    EXPECT_EQ(number(bad), std::nullopt) << bad;
  }
}

TEST(Convert, YesAndNo) {
  for (const char* yes : {"true", "Yes", "ON", "1"}) EXPECT_EQ(read_as<bool>(yes), true) << yes;
  for (const char* no : {"false", "No", "OFF", "0"}) EXPECT_EQ(read_as<bool>(no), false) << no;
  for (const Json& bad : {Json("2"), Json(""), Json("y"), Json(1), Json(nullptr)}) {
    EXPECT_EQ(read_as<bool>(bad), std::nullopt) << bad;
  }
}

TEST(Convert, TextsTakeNumbersAndListsTakeTexts) {
  EXPECT_EQ(read_as<std::string>(1), "1");
  EXPECT_EQ(read_as<std::string>(true), "true");
  EXPECT_EQ(read_as<std::string>(Json::array({"a"})), std::nullopt);
  using List = std::vector<std::string>;
  EXPECT_THAT(*read_as<List>("a, b,,c "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(*read_as<List>(Json{"a,b", 1, false}), ElementsAre("a,b", "1", "false"));
  EXPECT_THAT(*read_as<List>(""), ElementsAre());
  EXPECT_EQ(read_as<List>(Json::array({Json::array({"a"})})), std::nullopt);
  EXPECT_EQ(read_as<List>(nullptr), std::nullopt);
  EXPECT_THAT(*read_as<Texts>("a, b"), ElementsAre("a, b"));  // its commas are its own
}

TEST(Convert, ChoicesAndWhatMayBeUnset) {
  EXPECT_EQ(read_as<Size>("very-large"), Size::very_large);
  EXPECT_EQ(read_as<Size>("Small"), std::nullopt);
  EXPECT_EQ(enum_name(Size::very_large), "very-large");
  std::optional<double> value = 1.0;
  EXPECT_TRUE(convert::read(Json(nullptr), value));
  EXPECT_EQ(value, std::nullopt);
  EXPECT_FALSE(convert::read(Json("x"), value));
}

TEST(Bounds, OpenAndClosed) {
  EXPECT_TRUE(at_least(0).contains(0));
  EXPECT_FALSE(above(0).contains(0));
  EXPECT_TRUE(in_range(2, 100).contains(100));
  EXPECT_FALSE(below(0, 1).contains(1));
  EXPECT_FALSE(Bounds{}.contains(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_FALSE(at_least(0).contains(std::numeric_limits<double>::infinity()));
  EXPECT_EQ(in_range(2, 100).text(), "at least 2 and at most 100");
  EXPECT_EQ(below(0, 1).text(), "at least 0 and below 1");
  EXPECT_EQ(Bounds{}.text(), "");
}

struct TwoOptions {
  std::optional<std::int64_t> folds = 5;
  Size size = Size::small;
  template <typename V>
  void visit(V& v) {
    v("num_folds", folds, "", in_range(2, 100));
    v("size", size, "");
  }
};

TEST(Field, RefusesAndKeepsTheValue) {
  TwoOptions options;
  std::vector<Field> fields;
  FieldCollector collector("data", fields);
  options.visit(collector);
  EXPECT_EQ(fields[0].flag(), "--num-folds");
  EXPECT_EQ(fields[0].default_value, 5);
  EXPECT_EQ(fields[0].set(1), "expected a whole number at least 2 and at most 100 (or null)");
  EXPECT_EQ(options.folds, 5);
  EXPECT_EQ(fields[0].set(nullptr), "");
  EXPECT_EQ(fields[0].get(), nullptr);
  EXPECT_EQ(fields[1].set("large"), "expected one of: small, very-large");
  EXPECT_EQ(fields[1].set("very-large"), "");
  EXPECT_EQ(fields[1].get(), "very-large");
}

struct TwoOutputs {
  std::string page, results;
  template <typename V>
  void visit(V& v) {
    v("page", page, "").written({".html"});
    v("results", results, "").written({".json"});
  }
};

std::vector<std::string> output_problems(const std::string& page, const std::string& results) {
  TwoOutputs options{page, results};
  std::vector<Field> fields;
  FieldCollector collector("check", fields);
  options.visit(collector);
  return find_output_problems(fields);
}

TEST(Field, AFileIsOfTheFormatThatItsNamePromises) {
  EXPECT_THAT(output_problems("a.html", "b.JSON"), IsEmpty());
  EXPECT_THAT(output_problems("/dev/stdout", "results.v2"), IsEmpty());
  EXPECT_THAT(output_problems("", ""), IsEmpty());
  EXPECT_THAT(output_problems("a.json", "b.html"),
              ElementsAre(HasSubstr("--page: a.json would not be of the format that its ending "
                                    "names; what is written is .html"),
                          HasSubstr("--results: b.html")));
  EXPECT_THAT(output_problems("", "b.txt"), ElementsAre(HasSubstr("b.txt")));
  EXPECT_THAT(output_problems("", "b.json.gz"), ElementsAre(HasSubstr("b.json.gz")));
  EXPECT_THAT(output_problems("a", "./a"), ElementsAre(HasSubstr("is the file of --page too")));
}

}  // namespace
}  // namespace attune::config
