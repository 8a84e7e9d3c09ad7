#include "attune/media/picture_format.h"

#include <string>

#include <gtest/gtest.h>

namespace attune {
namespace {

std::optional<PictureFormat> detect(const std::string& bytes, const std::string& name = "x") {
  return detect_picture_format(std::as_bytes(std::span(bytes)), name);
}

TEST(PictureFormat, ContentComesBeforeTheName) {
  const std::string dicom = std::string(128, '\0') + "DICM" + std::string(8, '\0');
  std::string nifti(352, '\0');
  nifti.replace(344, 3, "n+1");
  EXPECT_EQ(detect(dicom, "x.png"), PictureFormat::dicom);
  EXPECT_EQ(detect(nifti), PictureFormat::nifti);
  EXPECT_EQ(detect("\x89PNG\r\n\x1a\n", "x.dcm"), PictureFormat::image);
  EXPECT_EQ(detect("\x1f\x8b", "x.NII.gz"), PictureFormat::nifti);
  EXPECT_EQ(detect("\x1f\x8b", "x.gz"), std::nullopt);
  EXPECT_EQ(detect("", "x.dcm"), std::nullopt);
}

TEST(PictureFormat, ANameTellsWhatIsExpected) {
  EXPECT_EQ(picture_format_of_name("a.DCM"), PictureFormat::dicom);
  EXPECT_EQ(picture_format_of_name("a.dicom"), PictureFormat::dicom);
  EXPECT_EQ(picture_format_of_name("a.nii"), PictureFormat::nifti);
  EXPECT_EQ(picture_format_of_name("a.nii.gz"), PictureFormat::nifti);
  EXPECT_EQ(picture_format_of_name("a.JPEG"), PictureFormat::image);
  EXPECT_EQ(expect_picture_format({}, "a.dcm"), PictureFormat::dicom);
  EXPECT_EQ(expect_picture_format({}, "a.txt"), PictureFormat::image);
  for (const std::string_view ending : picture_endings()) {
    EXPECT_TRUE(picture_format_of_name("a" + std::string(ending))) << ending;
  }
  for (const char* name : {"a.gz", "a.safetensors", "dcm", ""}) {
    EXPECT_EQ(picture_format_of_name(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace attune
