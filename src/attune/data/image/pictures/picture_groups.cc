#include "attune/data/image/pictures/picture_groups.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <regex>
#include <set>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/mmap.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/base/threads.h"
#include "attune/data/split/groups.h"
#include "attune/media/image/decode.h"
#include "attune/media/medical/dicom/dicom.h"

namespace attune {
namespace {

constexpr const char* kTurnOff = "--group-by none turns this off";

/// What a file says of whom it shows; texts are empty where it does not.
struct Identity {
  bool is_dicom = false;
  std::string patient, study, subject;
};

struct GroupedPicture {
  ImageExample* example;
  std::string place;  ///< its path below the part's root
  Identity identity;
};

std::string place_of(const std::string& path, const std::string& root) {
  if (root.empty() || !path.starts_with(root)) return path;
  return path.substr(std::min(path.size(), root.size() + (root.ends_with('/') ? 0 : 1)));
}

std::vector<GroupedPicture> pictures_of(const std::vector<GroupedPart>& parts) {
  std::vector<GroupedPicture> pictures;
  for (const GroupedPart& part : parts) {
    for (ImageExample& example : part.data->examples) {
      if (example.block < 0) pictures.push_back({&example, place_of(example.path, part.root), {}});
    }
  }
  return pictures;
}

/// "sub-01" of "sub-01/anat/sub-01_T1w.nii.gz" (BIDS specification, "Entities"); "" where there is
/// none.
std::string bids_subject(const std::string& place) {
  const std::vector<std::string> names = split(place, '/');
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    if (!name->starts_with("sub-")) continue;
    const std::size_t end = std::min(name->find_first_of("_."), name->size());
    const std::string_view label = std::string_view(*name).substr(4, end - 4);
    const auto is_label = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    if (!label.empty() && std::ranges::all_of(label, is_label)) return name->substr(0, end);
  }
  return "";
}

/// What anonymisation writes for a patient.
bool is_placeholder(const std::string& patient) {
  std::string letters;
  for (const char c : to_lower_ascii(patient)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) letters += c;
  }
  static const std::set<std::string> kWords = {
      "anonymous", "anonymized", "anonymised", "anonym",  "anon", "deidentified", "unknown",
      "undefined", "none",       "noid",       "na",      "null", "removed",      "patient",
      "patientid", "test",       "id",         "private", "name", "noname",       "redacted"};
  return letters.find_first_not_of("0") == letters.npos ||
         letters.find_first_not_of("x") == letters.npos || kWords.contains(letters);
}

Identity identity_of(const std::string& path, const std::string& place) {
  const std::string lower = to_lower_ascii(path);
  if (lower.ends_with(".nii") || lower.ends_with(".nii.gz")) {
    return {.subject = bids_subject(place)};
  }
  // A photograph carries none; opening a million of them would take minutes.
  if (has_image_extension(path)) return {};
  try {
    const MappedFile file{fs::path(path)};
    if (!looks_like_dicom(file.bytes())) return {};
    DicomIdentity identity = read_dicom_identity(file.bytes(), path);
    if (is_placeholder(identity.patient)) identity.patient.clear();
    return {.is_dicom = true,
            .patient = std::move(identity.patient),
            .study = std::move(identity.study)};
  } catch (const Error&) {
    // Whoever decodes the file says what is wrong with it.
    return {};
  }
}

void read_identities(std::vector<GroupedPicture>& pictures) {
  parallel_for(static_cast<std::int64_t>(pictures.size()), 16, 0, [&](auto begin, auto end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      pictures[i].identity = identity_of(pictures[i].example->path, pictures[i].place);
    }
  });
}

/// How many of `pictures` have a `text`, and how many different ones there are.
template <typename Text>
std::pair<std::int64_t, std::int64_t> count_of(const std::vector<GroupedPicture>& pictures,
                                               const Text& text) {
  std::set<std::string> different;
  std::int64_t count = 0;
  for (const GroupedPicture& picture : pictures) {
    const std::string& found = text(picture);
    if (found.empty()) continue;
    ++count;
    different.insert(found);
  }
  return {count, static_cast<std::int64_t>(different.size())};
}

/// Groups what has `text`, and says so. One for all of them divides nothing: "".
template <typename Text>
std::string group_by_text(std::vector<GroupedPicture>& pictures, const Text& text, const char* what,
                          const char* one) {
  const auto [count, different] = count_of(pictures, text);
  if (different < 2) return "";
  for (GroupedPicture& picture : pictures) {
    const std::string& found = text(picture);
    if (!found.empty()) picture.example->group = found;
  }
  return fmt::format("{} by {} ({} {})", with_thousands(count), what, with_thousands(different),
                     one);
}

/// Where one PatientID stands in all of several files, nothing tells patients apart.
void drop_constant_patient(std::vector<GroupedPicture>& pictures) {
  const auto patient = [](const GroupedPicture& picture) -> const std::string& {
    return picture.identity.patient;
  };
  const auto files = std::ranges::count_if(
      pictures, [](const GroupedPicture& picture) { return picture.identity.is_dicom; });
  if (count_of(pictures, patient) != std::pair<std::int64_t, std::int64_t>{files, 1}) return;
  for (GroupedPicture& picture : pictures) picture.identity.patient.clear();
}

void warn_of_anonymous(const std::vector<GroupedPicture>& pictures) {
  const auto is_alone = [](const GroupedPicture& picture) {
    return picture.identity.is_dicom && picture.example->group.empty();
  };
  const auto count = std::ranges::count_if(pictures, is_alone);
  if (count < 2) return;
  const auto first = std::ranges::find_if(pictures, is_alone);
  log_warning(
      "{} DICOM files have neither a PatientID nor a StudyInstanceUID that tells patients apart "
      "(as "
      "anonymisation leaves them, e.g. {}): each is a group of its own, and pictures of a patient "
      "may be on both sides of a split; name groups by --group-regex, or in a --manifest by "
      "--group-column",
      with_thousands(count), first->example->path);
}

/// Takes the groups away where each has one picture; whether it did.
bool drop_single_groups(std::vector<GroupedPicture>& pictures) {
  std::set<std::string_view> seen;
  for (const GroupedPicture& picture : pictures) {
    const std::string& group = picture.example->group;
    if (!group.empty() && !seen.insert(group).second) return false;
  }
  seen.clear();
  for (GroupedPicture& picture : pictures) picture.example->group.clear();
  return true;
}

/// A table may have a row for each finding of a picture (a box, a reader's word): the file is one
/// group then. Requires that identities are known. "" where no file stands twice.
std::string group_repeated_files(std::vector<GroupedPicture>& pictures) {
  std::unordered_map<std::string_view, std::int64_t> rows;
  for (const GroupedPicture& picture : pictures) ++rows[picture.example->path];
  std::int64_t count = 0, files = 0;
  for (const auto& [path, times] : rows) {
    if (times > 1) ++files, count += times;
  }
  for (GroupedPicture& picture : pictures) {
    std::string& group = picture.example->group;
    if (group.empty() && rows[picture.example->path] > 1) group = picture.example->path;
  }
  return files == 0 ? ""
                    : fmt::format("{} rows by the file that they name ({} files)",
                                  with_thousands(count), with_thousands(files));
}

void group_by_identity(const std::vector<GroupedPart>& parts,
                       std::vector<GroupedPicture>& pictures) {
  read_identities(pictures);
  drop_constant_patient(pictures);
  std::vector<std::string> done;
  const auto group = [&](auto text, const char* what, const char* one) {
    if (auto told = group_by_text(pictures, text, what, one); !told.empty()) {
      done.push_back(std::move(told));
    }
  };
  group([](const GroupedPicture& p) -> const std::string& { return p.identity.patient; },
        "PatientID", "patients");
  group(
      [](const GroupedPicture& p) -> const std::string& {
        static const std::string kNone;
        // A patient may have several studies: they stay together.
        return p.identity.patient.empty() ? p.identity.study : kNone;
      },
      "StudyInstanceUID", "studies");
  group([](const GroupedPicture& p) -> const std::string& { return p.identity.subject; },
        "the subject of their BIDS names", "subjects");
  warn_of_anonymous(pictures);
  if (auto told = group_repeated_files(pictures); !told.empty()) done.push_back(std::move(told));
  // As if nothing had been said: plain stratification divides single pictures more evenly.
  if (drop_single_groups(pictures) || done.empty()) return;
  const std::string note = fmt::format("pictures are grouped: {}; {}", join(done, ", "), kTurnOff);
  for (const GroupedPart& part : parts) part.data->group_note = note;
  log_info("{}", note);
}

/// What the first parentheses match that match something, e.g. of "person(\\d+)|IM-(\\d+)"; without
/// any the whole match.
std::string group_of(const std::smatch& match, std::size_t parentheses) {
  for (std::size_t i = 1; i <= parentheses; ++i) {
    if (match.length(i) > 0) return match[i].str();
  }
  return parentheses == 0 ? match.str() : "";
}

void group_by_regex(const std::vector<GroupedPart>& parts, std::vector<GroupedPicture>& pictures,
                    const std::string& pattern, MustMatch must_match) {
  std::regex regex;
  try {
    regex = std::regex(pattern);
  } catch (const std::regex_error& error) {
    fail(ErrorKind::user, "--group-regex: \"{}\" is no regular expression (ECMAScript): {}",
         shorten_utf8(pattern, 200), error.what());
  }
  std::set<std::string> groups;
  std::vector<const GroupedPicture*> alone;
  for (GroupedPicture& picture : pictures) {
    std::smatch match;
    if (std::regex_search(picture.place, match, regex)) {
      picture.example->group = group_of(match, regex.mark_count());
    }
    if (picture.example->group.empty()) {
      alone.push_back(&picture);
    } else {
      groups.insert(picture.example->group);
    }
  }
  check(!groups.empty() || must_match == MustMatch::no, ErrorKind::user,
        "--group-regex: \"{}\" matches none of {} paths, e.g. {}", shorten_utf8(pattern, 200),
        pictures.size(), pictures.empty() ? "" : pictures.front().place);
  const std::string note =
      fmt::format("pictures are grouped by --group-regex: {} in {} groups",
                  with_thousands(static_cast<std::int64_t>(pictures.size() - alone.size())),
                  with_thousands(static_cast<std::int64_t>(groups.size())));
  for (const GroupedPart& part : parts) part.data->group_note = note;
  log_info("{}", note);
  if (alone.empty()) return;
  log_warning("--group-regex does not match {} of {} paths, e.g. {}: each is a group of its own",
              with_thousands(static_cast<std::int64_t>(alone.size())),
              with_thousands(static_cast<std::int64_t>(pictures.size())), alone.front()->place);
}

}  // namespace

void group_pictures(const std::vector<GroupedPart>& parts, const GroupingOptions& options,
                    MustMatch must_match) {
  const bool has_groups =
      std::ranges::any_of(parts, [](const GroupedPart& part) { return part.data->has_groups(); });
  if (!options.group_regex.empty()) {
    check(!has_groups || must_match == MustMatch::no, ErrorKind::user,
          "give either --group-regex or --group-column: both say what a group is");
    check(options.group_by == GroupBy::identity, ErrorKind::user,
          "--group-by none and --group-regex contradict each other: give one of them");
  }
  // The table's word counts.
  if (has_groups) return;
  std::vector<GroupedPicture> pictures = pictures_of(parts);
  if (!options.group_regex.empty()) {
    return group_by_regex(parts, pictures, options.group_regex, must_match);
  }
  if (options.group_by == GroupBy::identity) group_by_identity(parts, pictures);
}

void warn_of_shared_groups(const std::vector<GroupedPart>& parts) {
  std::vector<Membership> members;
  for (const GroupedPart& part : parts) {
    const auto split = config::enum_value<GivenSplit>(part.name);
    add_members(*part.data, split.value_or(GivenSplit::none), members);
  }
  const std::string shared = shared_groups_text(members);
  if (shared.empty()) return;
  log_warning(
      "{}\nResults will look better than they are on new patients: move each group to one part.",
      shared);
}

}  // namespace attune
