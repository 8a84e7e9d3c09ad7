#include "attune/pretrained/formats/numpy/npy_header.h"

#include <array>
#include <charconv>
#include <set>
#include <string_view>

#include "attune/base/error.h"
#include "attune/pretrained/formats/little_endian.h"
#include "attune/pretrained/formats/tensor_view.h"

namespace attune {
namespace {

// numpy.lib.format: magic, two bytes of version, the header's length, the header, the values.
constexpr std::string_view kMagic = "\x93NUMPY";

struct TypeCode {
  std::string_view code;  ///< behind the byte order
  DType dtype;
};
constexpr std::array<TypeCode, 12> kTypes{{{"b1", DType::boolean},
                                           {"u1", DType::u8},
                                           {"i1", DType::i8},
                                           {"u2", DType::u16},
                                           {"i2", DType::i16},
                                           {"u4", DType::u32},
                                           {"i4", DType::i32},
                                           {"u8", DType::u64},
                                           {"i8", DType::i64},
                                           {"f2", DType::f16},
                                           {"f4", DType::f32},
                                           {"f8", DType::f64}}};

/// Reads the dict of three keys that numpy.lib.format writes; no other Python is understood.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  void parse(NpyHeader& header) {
    std::set<std::string_view> seen;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      need(seen.insert(key).second, "a key stands twice");
      expect(':');
      value(key, header);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    need(position_ == text_.size(), "something follows the dict");
    need(seen.size() == 3, "expected descr, fortran_order and shape");
  }

 private:
  void need(bool ok, std::string_view what) const {
    check(ok, ErrorKind::data, "{}: its NumPy header is damaged at character {}: {}", where_,
          position_, what);
  }
  void skip_spaces() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) {
      ++position_;
    }
  }
  bool accept(char wanted) {
    skip_spaces();
    const bool there = position_ < text_.size() && text_[position_] == wanted;
    if (there) ++position_;
    return there;
  }
  void expect(char wanted) {
    const char text[] = {'\'', wanted, '\'', '\0'};
    need(accept(wanted), fmt::format("expected {}", text));
  }
  std::string_view string() {
    expect('\'');
    const auto end = text_.find('\'', position_);
    need(end != std::string_view::npos, "a text does not end");
    const auto value = text_.substr(position_, end - position_);
    position_ = end + 1;
    return value;
  }
  bool word(std::string_view wanted) {
    skip_spaces();
    if (text_.substr(position_, wanted.size()) != wanted) return false;
    position_ += wanted.size();
    return true;
  }

  void value(std::string_view key, NpyHeader& header) {
    if (key == "descr") {
      descr(header);
    } else if (key == "fortran_order") {
      header.fortran_order = word("True");
      need(header.fortran_order || word("False"), "fortran_order is neither True nor False");
    } else {
      need(key == "shape", "unknown key");
      shape(header);
    }
  }

  void descr(NpyHeader& header) {
    skip_spaces();
    check(position_ < text_.size() && text_[position_] != '[', ErrorKind::data,
          "{}: a structured array, expected numbers", where_);
    const std::string_view code = string();
    for (const TypeCode& row : kTypes) {
      if (code.size() == 3 && code.substr(1) == row.code) {
        header.dtype = row.dtype;
        header.big_endian = code[0] == '>';
        // "|" stands where order has no meaning (one byte), "=" means native, which is
        // little-endian here.
        need(std::string_view("<>=|").find(code[0]) != std::string_view::npos, "byte order");
        return;
      }
    }
    const bool object = code.find('O') != std::string_view::npos;
    fail(ErrorKind::data,
         "{}: its dtype is '{}'{}, expected booleans, integers or floats of at most 8 bytes",
         where_, code, object ? " (Python objects, which could run code)" : "");
  }

  void shape(NpyHeader& header) {
    expect('(');
    while (!accept(')')) {
      skip_spaces();
      std::int64_t size = 0;
      const char* begin = text_.data() + position_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), size);
      need(error == std::errc() && size >= 0, "a size is no number from 0");
      need(header.shape.size() < kMaxRank, "more than 64 dimensions");
      header.shape.push_back(size);
      position_ += static_cast<std::size_t>(end - begin);
      if (!accept(',')) {
        expect(')');
        // In Python (3) is a number; a tuple of one is (3,).
        need(header.shape.size() > 1, "expected a tuple");
        break;
      }
    }
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t position_ = 0;
};

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> bytes, const std::string& where) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  check(text.starts_with(kMagic) && text.size() >= 12, ErrorKind::data, "{}: no NumPy array",
        where);
  const auto version = static_cast<unsigned char>(text[6]);
  check(version >= 1 && version <= 3, ErrorKind::data,
        "{}: a NumPy array of version {}, expected 1 to 3", where, version);
  // Version 1.0 has 2 bytes of length; 2.0 has 4, for large structured types; 3.0 is 2.0 with names
  // in UTF-8.
  const std::size_t start = version == 1 ? 10 : 12;
  const std::size_t length = version == 1 ? load_little_endian<std::uint16_t>(bytes, 8)
                                          : load_little_endian<std::uint32_t>(bytes, 8);
  check(length <= kMaxNpyHeaderBytes - start && length <= text.size() - start, ErrorKind::data,
        "{}: its NumPy header of {} bytes is cut off or too long", where, length);
  NpyHeader header;
  HeaderParser(text.substr(start, length), where).parse(header);
  header.size = start + length;
  const auto size = tensor_bytes(header.dtype, header.shape);
  check(size.has_value(), ErrorKind::data, "{}: its shape {} overflows", where,
        shape_text(header.shape));
  header.data_bytes = *size;
  return header;
}

}  // namespace attune
