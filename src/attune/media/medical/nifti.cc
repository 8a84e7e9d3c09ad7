#include "attune/media/medical/nifti.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

#include "attune/base/error.h"
#include "attune/base/mmap.h"
#include "attune/base/text/human.h"
#include "attune/media/inflate.h"

namespace attune {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 32;
constexpr std::uint64_t kMaxIgnored = std::uint64_t{1} << 20;
constexpr std::size_t kHeader1 = 348, kHeader2 = 540;
constexpr int kMaxDimensions = 7;

std::size_t type_bytes(NiftiType type) {
  static constexpr std::array<std::size_t, 11> kBytes = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 3};
  return kBytes[static_cast<std::size_t>(type)];
}

template <typename Number>
Number load(const char* bytes, bool is_big_endian) {
  std::array<char, sizeof(Number)> order{};
  std::memcpy(order.data(), bytes, sizeof(Number));
  if (is_big_endian != (std::endian::native == std::endian::big)) std::ranges::reverse(order);
  return std::bit_cast<Number>(order);
}

/// Fields of either version's header at their offsets (nifti1.h, nifti2.h).
class Header {
 public:
  Header(const std::string& bytes, const std::string& name) : bytes_(bytes), name_(name) {
    check(bytes.size() >= kHeader1, ErrorKind::data,
          "{}: {} bytes, too few for a NIfTI header; the file is cut off or none", name,
          bytes.size());
    // nifti1.h, nifti2.h: the size of the header comes first and tells version and byte order at
    // once.
    for (const bool is_big : {false, true}) {
      const auto size = load<std::int32_t>(bytes.data(), is_big);
      if (size != kHeader1 && size != kHeader2) continue;
      is_big_endian = is_big;
      is_second = size == kHeader2;
      check(bytes.size() >= static_cast<std::size_t>(size), ErrorKind::data,
            "{}: its header is cut off", name);
      // NIfTI-2 moved it to the front. ANALYZE 7.5 has the same size of header, but nothing here.
      const std::string_view magic(bytes.data() + (is_second ? 4 : 344), 4);
      const std::string_view one_file =
          is_second ? std::string_view("n+2\0", 4) : std::string_view("n+1\0", 4);
      const std::string_view pair =
          is_second ? std::string_view("ni2\0", 4) : std::string_view("ni1\0", 4);
      check(magic != pair, ErrorKind::data,
            "{}: a header whose voxels are in another file (.img) is not read; convert it to one "
            ".nii",
            name);
      check(magic == one_file, ErrorKind::data,
            "{}: it does not have NIfTI's magic number; ANALYZE 7.5 files are not read", name);
      return;
    }
    fail(ErrorKind::data, "{}: not a NIfTI file: its header size is neither 348 nor 540", name);
  }

  template <typename Number>
  Number at(std::size_t offset) const {
    return load<Number>(bytes_.data() + offset, is_big_endian);
  }
  std::int64_t dimension(std::size_t i) const {
    return is_second ? at<std::int64_t>(16 + 8 * i) : at<std::int16_t>(40 + 2 * i);
  }
  int type() const { return is_second ? at<std::int16_t>(12) : at<std::int16_t>(70); }
  /// Number `i` of an array of reals.
  double real(std::size_t first, std::size_t second, std::size_t i = 0) const {
    return is_second ? at<double>(second + 8 * i) : double{at<float>(first + 4 * i)};
  }
  double voxel_size(std::size_t i) const { return real(76, 104, i); }
  /// Of axis 0, 1 or 2, in millimetres. nibabel mends what is not positive so (_chk_pixdims).
  double spacing(std::size_t axis) const {
    const double size = std::abs(voxel_size(axis + 1));
    return size > 0 ? size : 1;
  }
  std::int64_t offset() const {
    if (is_second) return at<std::int64_t>(168);
    // A float for the sake of ANALYZE 7.5; one that no integer holds must not be cast.
    const double offset = at<float>(108);
    check(offset >= 0 && offset <= 1e9, ErrorKind::data, "{}: its voxels start at byte {}", name_,
          offset);
    return static_cast<std::int64_t>(offset);
  }
  int qform() const { return is_second ? at<std::int32_t>(344) : at<std::int16_t>(252); }
  int sform() const { return is_second ? at<std::int32_t>(348) : at<std::int16_t>(254); }

  bool is_big_endian = false, is_second = false;

 private:
  const std::string& bytes_;
  const std::string& name_;
};

NiftiType voxel_type(int code, const std::string& name) {
  static constexpr std::array<std::pair<int, NiftiType>, 11> kTypes = {{{2, NiftiType::u8},
                                                                        {256, NiftiType::i8},
                                                                        {4, NiftiType::i16},
                                                                        {512, NiftiType::u16},
                                                                        {8, NiftiType::i32},
                                                                        {768, NiftiType::u32},
                                                                        {1024, NiftiType::i64},
                                                                        {1280, NiftiType::u64},
                                                                        {16, NiftiType::f32},
                                                                        {64, NiftiType::f64},
                                                                        {128, NiftiType::rgb}}};
  for (const auto& [number, type] : kTypes) {
    if (number == code) return type;
  }
  fail(
      ErrorKind::data,
      "{}: its voxels are of NIfTI's type {}, which is not read (8 to 64 bit whole numbers, 32 and "
      "64 bit reals and RGB are)",
      name, code);
}

/// nifti1.h, "METHOD 2": the quaternion b, c, d, the offset and the sign of the third axis.
void affine_from_qform(const Header& header, NiftiVolume& volume) {
  const double b = header.real(256, 352), c = header.real(260, 360), d = header.real(264, 368);
  // Rounded to single precision a half turn may have a sum above 1.
  const double a = std::sqrt(std::max(0.0, 1 - (b * b + c * c + d * d)));
  // qfac; 0 counts as 1 (nifti1.h).
  const double sign = header.voxel_size(0) < 0 ? -1 : 1;
  const std::array<std::array<double, 3>, 3> rotation = {
      {{a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)},
       {2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)},
       {2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c}}};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t k = 0; k < 3; ++k) {
      volume.affine[row][k] = rotation[row][k] * header.spacing(k) * (k == 2 ? sign : 1);
    }
    volume.affine[row][3] = header.real(268, 376, row);
  }
}

/// nifti1.h, "METHOD 3" before 2 before 1, as get_best_affine of nibabel.
void read_affine(const Header& header, NiftiVolume& volume) {
  if (header.sform() > 0) {
    volume.affine_source = AffineSource::sform;
    for (std::size_t row = 0; row < 3; ++row) {
      for (std::size_t k = 0; k < 4; ++k) {
        volume.affine[row][k] = header.real(280, 400, 4 * row + k);
      }
    }
  } else if (header.qform() > 0) {
    volume.affine_source = AffineSource::qform;
    affine_from_qform(header, volume);
  } else {
    // get_base_affine of nibabel: as ANALYZE 7.5 files lie, in radiological order.
    for (std::size_t k = 0; k < 3; ++k) {
      volume.affine[k][k] = header.spacing(k) * (k == 0 ? -1 : 1);
      volume.affine[k][3] = -volume.affine[k][k] * static_cast<double>(volume.size[k] - 1) / 2;
    }
  }
}

void read_size(const Header& header, NiftiVolume& volume, const std::string& name) {
  const std::int64_t dimensions = header.dimension(0);
  check(dimensions >= 2 && dimensions <= kMaxDimensions, ErrorKind::data,
        "{}: it has {} dimensions, expected 2 to {}", name, dimensions, kMaxDimensions);
  std::uint64_t total = type_bytes(volume.type);
  for (std::size_t i = 1; i <= static_cast<std::size_t>(dimensions); ++i) {
    const std::int64_t size = header.dimension(i);
    // By division: the product of seven 64-bit sizes may wrap around to a small one.
    check(size >= 1 && total <= kMaxBytes / static_cast<std::uint64_t>(size), ErrorKind::data,
          "{}: dimension {} is {}, expected at least 1 and a volume of at most {}", name, i, size,
          human_bytes(kMaxBytes));
    total *= static_cast<std::uint64_t>(size);
    if (i <= 3) {
      volume.size[i - 1] = size;
    } else {
      volume.channels *= size;
    }
  }
}

/// Where the voxels lie in the file, decompressed.
struct VoxelBytes {
  std::uint64_t offset = 0, size = 0;

  void check_there(std::uint64_t file_size, const std::string& name) const {
    check(offset <= file_size && size <= file_size - offset, ErrorKind::data,
          "{}: {} bytes, but its voxels are the {} bytes from byte {} on; the file is cut off or "
          "damaged",
          name, file_size, size, offset);
  }
};

/// Everything but the voxels; `volume` gets what `start`, the file's first bytes, says of them.
VoxelBytes read_header(const std::string& start, const std::string& name, NiftiVolume& volume) {
  const Header header(start, name);
  volume.is_big_endian = header.is_big_endian;
  volume.type = voxel_type(header.type(), name);
  read_size(header, volume, name);
  const double slope = header.real(112, 176), intercept = header.real(116, 184);
  // nifti1.h, DATA SCALING: 0 means none; what is not finite does so for nibabel (get_slope_inter),
  // too.
  if (slope != 0 && std::isfinite(slope)) {
    volume.slope = slope;
    volume.intercept = std::isfinite(intercept) ? intercept : 0;
  }
  read_affine(header, volume);
  const auto count = static_cast<std::uint64_t>(volume.size[0] * volume.size[1] * volume.size[2] *
                                                volume.channels);
  const std::int64_t offset = header.offset();
  // Behind the header four bytes say whether there are extensions, of any length, before the
  // voxels; nibabel refuses less, too.
  const auto least = static_cast<std::int64_t>((header.is_second ? kHeader2 : kHeader1) + 4);
  check(offset >= least, ErrorKind::data,
        "{}: its voxels start at byte {}, within its header; expected {} or more", name, offset,
        least);
  return {static_cast<std::uint64_t>(offset), count * type_bytes(volume.type)};
}

/// The header is judged before its voxels are decompressed. What lies behind them is ignored; where
/// it is short, as it should be, it is read for the checksum at its end.
NiftiVolume read_packed(std::span<const std::byte> bytes, const std::string& name,
                        const ReserveMemory& reserve) {
  NiftiVolume volume;
  const std::uint64_t most = expansion_limit(bytes.size(), kMaxBytes);
  InflateStream stream(bytes, InflateFormat::gzip, most, name);
  std::string start;
  stream.read(kHeader2, start);
  const VoxelBytes voxels = read_header(start, name, volume);
  // Before it is waited for: what is stated may not be there.
  check(voxels.size <= most, ErrorKind::data,
        "{}: its voxels are {} in a file of {}; more than {} times a file is refused from {} on (a "
        "guard against decompression bombs)",
        name, human_bytes(voxels.size), human_bytes(bytes.size()), kMostExpansion,
        human_bytes(kFreeExpansion));
  if (reserve) reserve(voxels.size);
  if (voxels.offset < start.size()) {
    volume.data = start.substr(voxels.offset, voxels.size);
  } else {
    stream.skip(voxels.offset - start.size());
  }
  stream.read(voxels.size - volume.data.size(), volume.data);
  stream.skip(kMaxIgnored);
  voxels.check_there(stream.position(), name);
  return volume;
}

}  // namespace

std::string_view affine_source_name(AffineSource source) {
  static constexpr std::array<std::string_view, 3> kNames = {"sform", "qform", "none"};
  return kNames[static_cast<std::size_t>(source)];
}

std::string_view nifti_type_name(NiftiType type) {
  static constexpr std::array<std::string_view, 11> kNames = {
      "uint8", "int8",   "int16",   "uint16",  "int32", "uint32",
      "int64", "uint64", "float32", "float64", "rgb"};
  return kNames[static_cast<std::size_t>(type)];
}

double NiftiVolume::value(std::int64_t x, std::int64_t y, std::int64_t z, std::int64_t channel,
                          std::int64_t colour) const {
  const std::int64_t voxel = x + size[0] * (y + size[1] * (z + size[2] * channel));
  const char* at = data.data() + static_cast<std::size_t>(voxel) * type_bytes(type);
  double stored = 0;
  switch (type) {
    case NiftiType::u8:
      stored = load<std::uint8_t>(at, is_big_endian);
      break;
    case NiftiType::i8:
      stored = load<std::int8_t>(at, is_big_endian);
      break;
    case NiftiType::i16:
      stored = load<std::int16_t>(at, is_big_endian);
      break;
    case NiftiType::u16:
      stored = load<std::uint16_t>(at, is_big_endian);
      break;
    case NiftiType::i32:
      stored = load<std::int32_t>(at, is_big_endian);
      break;
    case NiftiType::u32:
      stored = load<std::uint32_t>(at, is_big_endian);
      break;
    case NiftiType::i64:
      stored = static_cast<double>(load<std::int64_t>(at, is_big_endian));
      break;
    case NiftiType::u64:
      stored = static_cast<double>(load<std::uint64_t>(at, is_big_endian));
      break;
    case NiftiType::f32:
      stored = load<float>(at, is_big_endian);
      break;
    case NiftiType::f64:
      stored = load<double>(at, is_big_endian);
      break;
    case NiftiType::rgb:
      // nifti1.h, DATA SCALING: to be ignored for DT_RGB24.
      return static_cast<std::uint8_t>(at[colour]);
  }
  return stored * slope + intercept;
}

NiftiVolume read_nifti(std::span<const std::byte> bytes, const std::string& name,
                       const ReserveMemory& reserve) {
  if (looks_like_gzip(bytes)) return read_packed(bytes, name, reserve);
  check(bytes.size() <= kMaxBytes, ErrorKind::data, "{}: the file is larger than {}", name,
        human_bytes(kMaxBytes));
  const std::string_view file(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  NiftiVolume volume;
  const VoxelBytes voxels = read_header(std::string(file.substr(0, kHeader2)), name, volume);
  voxels.check_there(file.size(), name);
  if (reserve) reserve(voxels.size);
  volume.data = file.substr(voxels.offset, voxels.size);
  return volume;
}

NiftiVolume read_nifti(const fs::path& path) {
  const MappedFile file(path);
  return read_nifti(file.bytes(), path.string());
}

bool looks_like_nifti(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeader1) return false;
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  return std::string_view(text + 344, 4) == std::string_view("n+1\0", 4) ||
         std::string_view(text + 4, 4) == std::string_view("n+2\0", 4);
}

}  // namespace attune
