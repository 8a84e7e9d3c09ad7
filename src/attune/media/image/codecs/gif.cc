#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include <gif_lib.h>

#include "attune/media/image/codecs/formats.h"

namespace attune::image_formats {
namespace {

/// giflib's decoder over bytes in memory, up to the first frame's samples.
class GifReader {
 public:
  explicit GifReader(const Source& source) : source_(source) {
    int error = D_GIF_SUCCEEDED;
    file_.reset(DGifOpen(this, on_read, &error));
    if (!file_) fail_with(error);
    find_first_frame();
    const GifImageDesc& frame = file_->Image;
    source_.check(frame.Width > 0 && frame.Height > 0 && frame.Left >= 0 && frame.Top >= 0,
                  "the GIF is damaged: its first frame is {} x {} pixels", frame.Width,
                  frame.Height);
    // As in Pillow, a frame that is larger than the screen makes the picture larger.
    height_ = std::max(file_->SHeight, frame.Top + frame.Height);
    width_ = std::max(file_->SWidth, frame.Left + frame.Width);
    source_.check_size(height_, width_);
  }

  ImageInfo info() const {
    ImageInfo info;
    info.height = height_;
    info.width = width_;
    info.palette = colors() != nullptr;
    info.color = info.palette ? ColorModel::rgb : ColorModel::grey;
    info.pages = 1 + count_further_frames();
    return info;
  }

  Image read(const ImageInfo& info) {
    const GifImageDesc& frame = file_->Image;
    std::vector<GifPixelType> canvas(static_cast<std::size_t>(height_ * width_), background());
    // GIF89a, appendix E: first row and step of the four interlaced passes.
    constexpr std::array<std::array<int, 2>, 4> kPasses = {{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
    const auto read_lines = [&](int first, int step) {
      for (int y = first; y < frame.Height; y += step) {
        GifPixelType* line = canvas.data() + (frame.Top + y) * width_ + frame.Left;
        if (DGifGetLine(file_.get(), line, frame.Width) != GIF_OK) fail_with(file_->Error);
      }
    };
    if (frame.Interlace) {
      for (const auto& [first, step] : kPasses) read_lines(first, step);
    } else {
      read_lines(0, 1);
    }
    return colored(canvas, info);
  }

 private:
  static int on_read(GifFileType* file, GifByteType* out, int count) {
    auto& reader = *static_cast<GifReader*>(file->UserData);
    const std::size_t taken =
        std::min(static_cast<std::size_t>(count), reader.source_.size() - reader.offset_);
    if (taken > 0) std::memcpy(out, reader.source_.data() + reader.offset_, taken);
    reader.offset_ += taken;
    return static_cast<int>(taken);
  }

  [[noreturn]] void fail_with(int error) const {
    const char* text = GifErrorString(error);
    const bool cut_off = offset_ == source_.size();
    source_.fail("the GIF is {} (giflib: {})", cut_off ? "cut off" : "damaged",
                 text != nullptr ? text : "unknown error");
  }

  void find_first_frame() {
    for (;;) {
      GifRecordType record = UNDEFINED_RECORD_TYPE;
      if (DGifGetRecordType(file_.get(), &record) != GIF_OK) fail_with(file_->Error);
      source_.check(record != TERMINATE_RECORD_TYPE, "the GIF holds no picture");
      if (record == IMAGE_DESC_RECORD_TYPE) {
        if (DGifGetImageDesc(file_.get()) != GIF_OK) fail_with(file_->Error);
        return;
      }
      if (record == EXTENSION_RECORD_TYPE) read_extension();
    }
  }

  void read_extension() {
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(file_.get(), &code, &block) != GIF_OK) fail_with(file_->Error);
    while (block != nullptr) {
      // A block begins with its length; the transparent index counts where its flag is set.
      if (code == GRAPHICS_EXT_FUNC_CODE && block[0] >= 4 && (block[1] & 1) != 0) {
        transparent_ = block[4];
      }
      if (DGifGetExtensionNext(file_.get(), &block) != GIF_OK) fail_with(file_->Error);
    }
  }

  /// Frames behind the first, by their block structure alone; what is damaged there ends the count.
  std::int64_t count_further_frames() const {
    std::size_t offset = offset_;
    const auto byte = [&](std::size_t at) { return at < source_.size() ? source_.data()[at] : 0; };
    const auto skip_blocks = [&] {
      while (offset < source_.size() && byte(offset) != 0) offset += 1u + byte(offset);
      ++offset;
    };
    std::int64_t frames = 0;
    skip_blocks();  // the first frame's samples; its code size has been read
    while (offset < source_.size() && byte(offset) != ';') {
      if (byte(offset) == '!') {
        offset += 2;
      } else if (byte(offset) == ',') {
        const unsigned flags = byte(offset + 9);
        // GIF89a, section 20: a local colour table has 3 * 2^(N + 1) bytes. It lies behind the ten
        // bytes of the descriptor, and the code size behind it.
        const std::size_t table = (flags & 0x80) != 0 ? std::size_t{6} << (flags & 7) : 0;
        offset += 11 + table;
        frames += offset < source_.size() ? 1 : 0;
      } else {
        break;
      }
      skip_blocks();
    }
    return frames;
  }

  const ColorMapObject* colors() const {
    return file_->Image.ColorMap != nullptr ? file_->Image.ColorMap : file_->SColorMap;
  }

  /// What the screen shows beside the frame, as Pillow has it.
  GifPixelType background() const { return static_cast<GifPixelType>(std::max(transparent_, 0)); }

  Image colored(const std::vector<GifPixelType>& canvas, const ImageInfo& info) const {
    Image image(info.height, info.width, info.channels());
    const ColorMapObject* map = colors();
    if (map == nullptr) {  // no colours at all: the indices are levels of grey
      std::copy(canvas.begin(), canvas.end(), image.samples.begin());
      return image;
    }
    std::uint8_t* out = image.samples.data();
    for (const GifPixelType index : canvas) {
      const GifColorType color = index < map->ColorCount ? map->Colors[index] : GifColorType{};
      *out++ = color.Red;
      *out++ = color.Green;
      *out++ = color.Blue;
    }
    return image;
  }

  struct Close {
    void operator()(GifFileType* file) const { DGifCloseFile(file, nullptr); }
  };

  const Source& source_;
  std::size_t offset_ = 0;
  std::unique_ptr<GifFileType, Close> file_;
  int transparent_ = -1;
  std::int64_t height_ = 0, width_ = 0;
};

}  // namespace

ImageInfo probe_gif(const Source& source) {
  return GifReader(source).info();
}

DecodedImage decode_gif(const Source& source) {
  GifReader reader(source);
  const ImageInfo info = reader.info();
  return {info, reader.read(info)};
}

}  // namespace attune::image_formats
