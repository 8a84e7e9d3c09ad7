#include "attune/eval/report/page/html.h"

#include <limits>

#include <gtest/gtest.h>

#include "attune/base/error.h"

namespace attune {
namespace {

TEST(Html, escapes_what_has_a_meaning) {
  EXPECT_EQ(html_text("<a href=\"x\">&'</a>").code,
            "&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;");
  EXPECT_EQ(html_text("na\xc3\xafve \xf0\x9f\x99\x82").code, "na\xc3\xafve \xf0\x9f\x99\x82");
}

TEST(Html, replaces_ill_formed_bytes_and_control_characters) {
  EXPECT_EQ(html_text("a\xff\xc3").code, "a\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(html_text(std::string_view("a\0b\x1b[0m\tc\n", 9)).code,
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd[0m\tc");
}

TEST(Html, shortens_before_it_escapes) {
  const std::string text = html_short_text("\"\"\"\"\"\"\"\"\"\" and more", 5).code;
  EXPECT_EQ(text.find("&quot"), 0u);
  EXPECT_EQ(text.find("and"), std::string::npos);
  EXPECT_NE(text.find("..."), std::string::npos);
  EXPECT_EQ(html_short_text("two\nlines", 100).code, "two lines");
}

TEST(Html, numbers_for_people) {
  EXPECT_EQ(number_text(0.85634), "0.8563");
  EXPECT_EQ(number_text(0.0), "0.0000");
  EXPECT_EQ(number_text(1.0), "1.0000");
  EXPECT_EQ(number_text(-0.5), "-0.5000");
  EXPECT_EQ(number_text(5e-5), "5e-05");
  EXPECT_EQ(number_text(12345.0), "12,345");
  EXPECT_EQ(number_text(3120.7), "3,121");
  EXPECT_EQ(number_text(120.44), "120.4");
  EXPECT_EQ(number_text(1e300), "1e+300");
  EXPECT_EQ(number_text(std::numeric_limits<double>::quiet_NaN()), "–");
  EXPECT_EQ(percent_text(0.8563), "85.6 %");
}

TEST(Html, a_table_row_has_a_cell_a_column) {
  const HtmlTable table{{{"a"}, {"b", true}}, {{html_text("x"), html_text("1")}}};
  EXPECT_NE(html_table(table).code.find("<td>x</td><td class=\"n\">1</td>"), std::string::npos);
  EXPECT_THROW(html_table({{{"a"}, {"b"}}, {{html_text("x")}}}), Error);
}

TEST(Html, a_bar_stays_in_its_cell) {
  EXPECT_NE(html_bar(7.0).code.find("width:100.0%"), std::string::npos);
  EXPECT_NE(html_bar(-1.0).code.find("width:0.0%"), std::string::npos);
}

}  // namespace
}  // namespace attune
