#include <algorithm>
#include <array>
#include <cstdlib>

#include "attune/base/error.h"
#include "attune/media/medical/dicom/jpeg_stream.h"

namespace attune {
namespace {

/// Symbol and code length for every 16 bits that may come; length 0: no code.
struct HuffmanTable {
  struct Entry {
    std::uint8_t symbol = 0, length = 0;
  };
  std::vector<Entry> entries;
};

class LosslessDecoder {
 public:
  LosslessDecoder(DicomBytes bytes, const std::string& name)
      : bytes_(bytes), name_(name), header_(read_jpeg_header(bytes, name)) {
    require(header_.frame_marker == 0xC3, "it is not the Huffman-coded lossless process");
    require(header_.precision >= 2 && header_.precision <= 16, "its precision is not 2 to 16 bits");
    require(header_.height > 0 && header_.width > 0, "it does not state its size");
    for (const auto& part : header_.components) {
      require(part.horizontal == 1 && part.vertical == 1, "its components differ in size");
    }
    image_ = DeepImage(header_.height, header_.width,
                       static_cast<std::int64_t>(header_.components.size()));
    decoded_.resize(header_.components.size());
  }

  DeepImage decode() {
    at_ = 2;
    while (std::find(decoded_.begin(), decoded_.end(), false) != decoded_.end()) read_segment();
    return std::move(image_);
  }

 private:
  struct Scan {
    std::vector<std::size_t> components;
    std::vector<const HuffmanTable*> tables;
    std::uint32_t predictor = 1;
    std::int32_t shift = 0;
  };

  void require(bool ok, std::string_view what) const {
    check(ok, ErrorKind::data, "{}: its lossless JPEG data cannot be read: {}", name_, what);
  }
  std::uint32_t next_byte() {
    require(at_ < bytes_.size(), "they are cut off");
    return std::to_integer<std::uint32_t>(bytes_[at_++]);
  }
  std::uint32_t next_short() {
    const std::uint32_t high = next_byte();
    return high << 8 | next_byte();
  }

  void read_segment() {
    while (next_byte() != 0xFF) {  // what a scan left over
    }
    std::uint32_t marker = next_byte();
    // Fill bytes (T.81, B.1.1.2).
    while (marker == 0xFF) marker = next_byte();
    if (marker == 0 || (marker >= 0xD0 && marker <= 0xD8)) return;
    require(marker != 0xD9, "they end before all components are there");
    const std::size_t begin = at_;
    const std::size_t length = next_short();
    require(length >= 2 && begin + length <= bytes_.size(), "a segment runs beyond the end");
    if (marker == 0xC4) read_tables(begin + length);
    if (marker == 0xDD) restart_interval_ = next_short();
    if (marker == 0xDA) {
      decode_scan(read_scan(begin + length));
      return;
    }
    at_ = begin + length;
  }

  void read_tables(std::size_t end) {
    while (at_ < end) {
      const std::uint32_t id = next_byte();
      // The upper half is the class: lossless data have those of class 0 (B.2.4.2).
      require(id < 4, "a Huffman table is not for lossless data");
      std::array<std::uint32_t, 16> counts{};
      for (auto& count : counts) count = next_byte();
      HuffmanTable table;
      table.entries.reserve(65536);
      for (std::size_t bits = 1; bits <= 16; ++bits) {
        for (std::uint32_t i = 0; i < counts[bits - 1]; ++i) {
          const auto symbol = static_cast<std::uint8_t>(next_byte());
          require(symbol <= 16, "a Huffman table has a symbol above 16");
          // Annex C: codes of one length follow each other, and the shorter lengths come first, so
          // that each code takes the next span of the 16-bit numbers that begin with it.
          const std::size_t span = std::size_t{1} << (16 - bits);
          require(table.entries.size() + span <= 65536, "a Huffman table has too many codes");
          table.entries.insert(table.entries.end(), span,
                               {symbol, static_cast<std::uint8_t>(bits)});
        }
      }
      table.entries.resize(65536);
      tables_[id] = std::move(table);
    }
  }

  Scan read_scan(std::size_t end) {
    Scan scan;
    const std::uint32_t count = next_byte();
    require(count >= 1 && count <= decoded_.size() && at_ + 2 * count + 3 <= end,
            "a scan header is damaged");
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t id = next_byte();
      const std::uint32_t table = next_byte() >> 4;
      std::size_t k = 0;
      while (k < decoded_.size() && header_.components[k].id != id) ++k;
      require(k < decoded_.size() && !decoded_[k], "a scan names a wrong component");
      require(table < 4 && !tables_[table].entries.empty(), "a Huffman table is missing");
      decoded_[k] = true;
      scan.components.push_back(k);
      scan.tables.push_back(&tables_[table]);
    }
    // Ss is the predictor, Al the point transform (table B.3).
    scan.predictor = next_byte();
    next_byte();
    scan.shift = static_cast<std::int32_t>(next_byte() & 15);
    require(scan.predictor >= 1 && scan.predictor <= 7, "a predictor is not 1 to 7");
    require(scan.shift < header_.precision, "the point transform is too large");
    at_ = end;
    return scan;
  }

  void decode_scan(const Scan& scan) {
    bits_ = 0;
    bit_count_ = 0;
    const auto width = static_cast<std::uint32_t>(header_.width);
    // Annex H has no others: prediction starts anew at the beginning of a row.
    require(restart_interval_ % width == 0, "restart intervals are no whole rows");
    const std::int64_t rows_between = restart_interval_ / width;
    for (std::int64_t y = 0; y < header_.height; ++y) {
      const bool is_restart = y > 0 && rows_between > 0 && y % rows_between == 0;
      if (is_restart) skip_restart_marker();
      decode_row(scan, y, y == 0 || is_restart);
    }
    // The point transform is undone behind the prediction, which works on the shifted values.
    if (scan.shift == 0) return;
    for (const std::size_t k : scan.components) {
      for (std::size_t i = k; i < image_.samples.size(); i += decoded_.size()) {
        image_.samples[i] = image_.samples[i] << scan.shift & 0xFFFF;
      }
    }
  }

  void decode_row(const Scan& scan, std::int64_t y, bool is_first) {
    const auto step = static_cast<std::int64_t>(decoded_.size());
    std::int32_t* row = image_.row(y);
    const std::int32_t* above = is_first ? nullptr : image_.row(y - 1);
    // H.1.2.1, anew behind each restart marker: the first sample is predicted from half the range,
    // the first row from the left, the first column from above, all others by the predictor.
    const std::int32_t start = 1 << (header_.precision - scan.shift - 1);
    for (std::int64_t x = 0; x < header_.width; ++x) {
      for (std::size_t i = 0; i < scan.components.size(); ++i) {
        const auto at = x * step + static_cast<std::int64_t>(scan.components[i]);
        std::int32_t predicted = start;
        if (is_first && x > 0) predicted = row[at - step];
        if (!is_first && x == 0) predicted = above[at];
        if (!is_first && x > 0) {
          predicted = predict(scan.predictor, row[at - step], above[at], above[at - step]);
        }
        // Modulo 2^16, as the differences were taken (H.1.2.1).
        row[at] = (predicted + next_difference(*scan.tables[i])) & 0xFFFF;
      }
    }
  }

  /// Table H.1.
  static std::int32_t predict(std::uint32_t predictor, std::int32_t left, std::int32_t up,
                              std::int32_t corner) {
    switch (predictor) {
      case 1:
        return left;
      case 2:
        return up;
      case 3:
        return corner;
      case 4:
        return left + up - corner;
      case 5:
        return left + ((up - corner) >> 1);
      case 6:
        return up + ((left - corner) >> 1);
      default:
        return (left + up) >> 1;
    }
  }

  std::int32_t next_difference(const HuffmanTable& table) {
    const HuffmanTable::Entry entry = table.entries[peek(16)];
    require(entry.length > 0, "they hold a code that no table has");
    drop(entry.length);
    if (entry.symbol == 0) return 0;
    // Table H.2: no bits follow the category 16.
    if (entry.symbol == 16) return 32768;
    const auto value = static_cast<std::int32_t>(peek(entry.symbol));
    drop(entry.symbol);
    // EXTEND (F.2.2.1): the lower half of the values are the negative ones.
    return value < 1 << (entry.symbol - 1) ? value - (1 << entry.symbol) + 1 : value;
  }

  /// The next `count` bits; zeros behind a marker.
  std::uint32_t peek(std::uint32_t count) {
    while (bit_count_ < count) {
      std::uint32_t byte = 0;
      if (at_ < bytes_.size() && !at_marker()) {
        byte = std::to_integer<std::uint32_t>(bytes_[at_]);
        // A zero is stuffed behind each 0xFF of the data (B.1.1.5).
        at_ += byte == 0xFF ? 2 : 1;
      } else {
        ++missing_;
        // Codes are peeked at with 16 bits: the last ones of a scan see beyond it, a cut-off scan
        // goes on to.
        require(missing_ <= 8, "they are cut off");
      }
      bits_ = bits_ << 8 | byte;
      bit_count_ += 8;
    }
    return static_cast<std::uint32_t>(bits_ >> (bit_count_ - count)) &
           ((std::uint32_t{1} << count) - 1);
  }
  void drop(std::uint32_t count) { bit_count_ -= count; }
  bool at_marker() const {
    return bytes_[at_] == std::byte{0xFF} &&
           (at_ + 1 >= bytes_.size() || bytes_[at_ + 1] != std::byte{0});
  }

  void skip_restart_marker() {
    bit_count_ = 0;
    missing_ = 0;
    require(at_ + 2 <= bytes_.size() && at_marker(), "a restart marker is missing");
    at_ += 2;
  }

  DicomBytes bytes_;
  const std::string& name_;
  JpegHeader header_;
  DeepImage image_;
  std::vector<bool> decoded_;
  std::array<HuffmanTable, 4> tables_;
  std::uint32_t restart_interval_ = 0;
  std::size_t at_ = 0;
  std::uint64_t bits_ = 0;
  std::uint32_t bit_count_ = 0;
  int missing_ = 0;
};

}  // namespace

DeepImage decode_lossless_jpeg(DicomBytes bytes, const std::string& name) {
  return LosslessDecoder(bytes, name).decode();
}

}  // namespace attune
