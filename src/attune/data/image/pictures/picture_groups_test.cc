#include "attune/data/image/pictures/picture_groups.h"

#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/image/image_parts.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// A DICOM file of explicit little endian elements that ends before its pixels.
std::string dicom_of(const std::string& patient, const std::string& study) {
  const auto element = [](int group, int number, const char* vr, std::string value) {
    if (value.size() % 2 == 1) value += vr[0] == 'U' ? '\0' : ' ';
    std::string bytes;
    for (const int word : {group, number}) {
      bytes += static_cast<char>(word & 255);
      bytes += static_cast<char>(word >> 8);
    }
    bytes += vr;
    bytes += static_cast<char>(value.size());
    bytes += '\0';
    return bytes + value;
  };
  std::string bytes =
      std::string(128, '\0') + "DICM" + element(2, 0x10, "UI", "1.2.840.10008.1.2.1");
  if (!patient.empty()) bytes += element(0x10, 0x20, "LO", patient);
  if (!study.empty()) bytes += element(0x20, 0x0D, "UI", study);
  return bytes + element(0x28, 0x10, "US", "xx");
}

class PictureGroups : public ::testing::Test {
 protected:
  PictureGroups() {
    sink_ = set_log_sink([this](LogLevel, std::string_view text) { told_ += text; });
  }
  ~PictureGroups() override { set_log_sink(sink_); }

  void add(const std::string& name, const std::string& bytes = "x") const {
    const fs::path path = folder_.path() / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  static ImageParts load(const ImageDataOptions& options) {
    return load_image_parts(options, {}, LabelKind::single_label, 7);
  }
  /// 16 patients of three files each, `patient` says what stands in them.
  template <typename Patient>
  ImageDataOptions scans(const Patient& patient) const {
    for (int p = 0; p < 16; ++p) {
      for (int n = 0; n < 3; ++n) {
        add(fmt::format("scans/{}/{}_{}.dcm", p % 2, p, n),
            dicom_of(patient(p), fmt::format("1.2.{}", p)));
      }
    }
    return {.train_dir = path("scans"), .split = {.validation_split = 0.25}};
  }
  static std::size_t shared_groups(const ImageParts& parts) {
    std::size_t shared = 0;
    for (const ImageExample& held : parts.validation->examples) {
      const auto place = fs::path(held.path).filename().string();
      const auto person = place.substr(0, place.find('_'));
      shared += std::ranges::count_if(parts.train.examples, [&](const ImageExample& example) {
        return fs::path(example.path).filename().string().starts_with(person + "_");
      });
    }
    return shared;
  }

  TemporaryFolder folder_;
  LogSink sink_;
  std::string told_;
};

TEST_F(PictureGroups, PatientsStayOnOneSide) {
  ImageDataOptions options = scans([](int p) { return fmt::format("P{}", p); });
  const ImageParts parts = load(options);
  EXPECT_EQ(parts.validation->size(), 12);
  EXPECT_EQ(shared_groups(parts), 0U);
  EXPECT_THAT(told_, AllOf(HasSubstr("48 by PatientID (16 patients)"),
                           HasSubstr("--group-by none turns this off")));
  told_.clear();
  options.grouping.group_by = GroupBy::none;
  EXPECT_GT(shared_groups(load(options)), 0U);
  EXPECT_EQ(told_, "");
}

TEST_F(PictureGroups, WhatAnonymisationLeavesIsNoPatient) {
  for (const char* id : {"anonymous", "0000", "Some-Hospital", ""}) {
    told_.clear();
    const ImageParts parts = load(scans([&](int) { return std::string(id); }));
    EXPECT_EQ(shared_groups(parts), 0U) << id;
    EXPECT_THAT(told_, HasSubstr("48 by StudyInstanceUID (16 studies)")) << id;
  }
  // Some are named, some are not.
  told_.clear();
  const ImageParts parts =
      load(scans([](int p) { return p < 8 ? fmt::format("P{}", p) : std::string("ANON"); }));
  EXPECT_EQ(shared_groups(parts), 0U);
  EXPECT_THAT(told_, HasSubstr("24 by PatientID (8 patients), 24 by StudyInstanceUID (8 studies)"));
}

TEST_F(PictureGroups, AConstantEverywhereIsToldAndGroupsNothing) {
  for (int n = 0; n < 20; ++n) {
    add(fmt::format("a/{}/{}.dcm", n % 2, n), dicom_of("anonymous", "1.2.3"));
  }
  const ImageParts parts = load({.train_dir = path("a"), .split = {.validation_split = 0.2}});
  EXPECT_EQ(parts.validation->size(), 4);
  EXPECT_FALSE(parts.train.has_groups());
  EXPECT_THAT(told_, AllOf(HasSubstr("20 DICOM files have neither a PatientID nor"),
                           HasSubstr("--group-regex")));
}

TEST_F(PictureGroups, OneFileAPatientIsDividedAsEver) {
  for (int n = 0; n < 20; ++n) {
    add(fmt::format("a/{}/{}.dcm", n % 2, n), dicom_of(fmt::format("P{}", n), "1.2"));
  }
  const ImageParts parts = load({.train_dir = path("a"), .split = {.validation_split = 0.2}});
  EXPECT_FALSE(parts.train.has_groups());
  EXPECT_EQ(parts.validation->class_counts(), (std::vector<std::int64_t>{2, 2}));
}

TEST_F(PictureGroups, SubjectsOfBidsNames) {
  for (int n = 0; n < 24; ++n) {
    add(fmt::format("bids/{}/sub-{:02}/anat/ses-{}_T1w.nii.gz", n % 2, n / 4, n));
  }
  const ImageParts parts = load({.train_dir = path("bids"), .split = {.validation_split = 0.2}});
  EXPECT_THAT(told_, HasSubstr("24 by the subject of their BIDS names (6 subjects)"));
  for (const ImageExample& held : parts.validation->examples) {
    for (const ImageExample& example : parts.train.examples) EXPECT_NE(held.group, example.group);
  }
}

// Several annotators who do not agree: such rows stay.
TEST_F(PictureGroups, RowsOfOneFileStayOnOneSide) {
  std::string table = "path,label\n";
  for (int p = 0; p < 24; ++p) {
    const std::string name = fmt::format("{}_0.png", p);
    add("boxes/" + name);
    for (int box = 0; box < 1 + p % 3; ++box) table += fmt::format("{},{}\n", name, box);
  }
  add("boxes/table.csv", table);
  ImageDataOptions options{.manifest = path("boxes/table.csv"),
                           .split = {.validation_split = 0.25}};
  const ImageParts parts = load(options);
  EXPECT_EQ(shared_groups(parts), 0U);
  EXPECT_THAT(told_, HasSubstr("40 rows by the file that they name (16 files)"));
  options.grouping.group_by = GroupBy::none;
  EXPECT_GT(shared_groups(load(options)), 0U);
}

TEST_F(PictureGroups, ARegularExpressionFindsThePerson) {
  for (int n = 0; n < 40; ++n) {
    add(fmt::format("x/{}/person{}_bacteria_{}.jpeg", n % 2, n / 4, n));
  }
  ImageDataOptions options{.train_dir = path("x"), .split = {.validation_split = 0.2}};
  options.grouping.group_regex = "person(\\d+)_";
  const ImageParts parts = load(options);
  EXPECT_THAT(told_, HasSubstr("40 in 10 groups"));
  for (const ImageExample& held : parts.validation->examples) {
    for (const ImageExample& example : parts.train.examples) EXPECT_NE(held.group, example.group);
  }
  add("x/0/IM-0115.jpeg");
  load(options);
  EXPECT_THAT(told_, HasSubstr("does not match 1 of 41 paths, e.g. 0/IM-0115.jpeg"));

  told_.clear();
  options.grouping.group_regex = "person(\\d+)_|(IM-\\d+)";
  load(options);
  EXPECT_THAT(told_, HasSubstr("41 in 11 groups"));

  const auto problem = [&](const std::string& regex) {
    options.grouping.group_regex = regex;
    return error_of(ErrorKind::user, [&] { load(options); });
  };
  EXPECT_THAT(problem("person("), HasSubstr("no regular expression"));
  EXPECT_THAT(problem("patient(\\d+)"), HasSubstr("matches none of 41 paths, e.g. 0/"));
  options.grouping.group_by = GroupBy::none;
  EXPECT_THAT(problem("person"), HasSubstr("contradict"));
}

TEST_F(PictureGroups, APatientOnBothSidesOfGivenPartsIsWarnedOf) {
  for (const char* part : {"train", "val"}) {
    for (int n = 0; n < 6; ++n) {
      const int patient = n + (part[0] == 'v' ? 5 : 0);
      add(fmt::format("g/{}/{}/{}.dcm", part, n % 2, n), dicom_of(fmt::format("P{}", patient), ""));
    }
  }
  const ImageParts parts = load({.train_dir = path("g")});
  EXPECT_EQ(parts.validation->size(), 6);
  EXPECT_THAT(told_, AllOf(HasSubstr("1 groups have examples in two"), HasSubstr("\"P5\""),
                           HasSubstr("g/train/1/5.dcm is in train"),
                           HasSubstr("g/val/0/0.dcm is in validation")));
  // The same between folders that are given one by one.
  told_.clear();
  load({.train_dir = path("g/train"), .test_dir = path("g/val")});
  EXPECT_THAT(told_, AllOf(HasSubstr("\"P5\""), HasSubstr("is in test")));
  // Nothing is held out of these.
  told_.clear();
  load({.train_dir = path("g/train")});
  EXPECT_EQ(told_, "");
}

TEST_F(PictureGroups, WhereGroupsLeaveNothingToDivideTheMessageNamesThem) {
  for (int n = 0; n < 12; ++n) {
    add(fmt::format("few/{}/{}.dcm", n % 2, n), dicom_of(fmt::format("P{}", n % 2), ""));
  }
  const std::string problem = error_of(ErrorKind::data, [&] {
    load({.train_dir = path("few"), .split = {.validation_split = 0.2}});
  });
  EXPECT_THAT(problem, AllOf(HasSubstr("no group can be held out"), HasSubstr("12 by PatientID"),
                             HasSubstr("--group-by none")));
}

}  // namespace
}  // namespace attune
