#include "attune/eval/report/charts/image_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/eval/report/testing.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal(const std::string& uri) {
  const std::vector<ImageTile> tiles{{uri, {}, {}}};
  return error_of([&] { image_grid(tiles); });
}

TEST(ImageGrid, takes_pictures_inside_the_page_only) {
  EXPECT_EQ(refusal(white_pixel()), "no error");
  EXPECT_EQ(image_data_uri("\xff\xd8\xff\xe0").substr(0, 27), "data:image/jpeg;base64,/9j/");
  for (const char* bad : {"", "http://example.org/a.png", "data:image/png;base64,",
                          "data:image/png;base64,AAAA\" onload=\"alert(1)",
                          "data:image/svg+xml;base64,AAAA", "data:text/html;base64,AAAA"}) {
    EXPECT_THAT(refusal(bad), HasSubstr("expected \"data:image/png;base64,\"")) << bad;
  }
  EXPECT_THROW(image_data_uri("GIF89a"), Error);
}

TEST(ImageGrid, escapes_captions) {
  const std::vector<ImageTile> tiles{{white_pixel(), {"<b>\"", "", "<i>"}, {}}};
  const std::string code = image_grid(tiles).code;
  EXPECT_THAT(code, HasSubstr("alt=\"&lt;b&gt;&quot;\""));
  EXPECT_THAT(code, Not(HasSubstr("<i>")));
  EXPECT_THAT(code, Not(HasSubstr("<span></span>")));
}

}  // namespace
}  // namespace attune
