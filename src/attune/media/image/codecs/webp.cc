#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include <webp/decode.h>
#include <webp/demux.h>

#include "attune/media/image/codecs/formats.h"

namespace attune::image_formats {
namespace {

std::string status_text(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return "the WebP is cut off";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return "a WebP of a kind that libwebp does not know";
    case VP8_STATUS_OUT_OF_MEMORY:
      return "no memory left for the WebP";
    default:
      return "the WebP is damaged";
  }
}

/// The container, its headers checked.
class WebpFile {
 public:
  explicit WebpFile(const Source& source) : source_(source) {
    const VP8StatusCode status = WebPGetFeatures(source.data(), source.size(), &features_);
    if (status != VP8_STATUS_OK) source.fail("{}", status_text(status));
    source.check_size(features_.height, features_.width);
    const WebPData data{source.data(), source.size()};
    WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
    // WebPDemux gives nothing for a file that is cut off; this one says so.
    demuxer_.reset(WebPDemuxPartial(&data, &state));
    source.check(state != WEBP_DEMUX_PARSE_ERROR, "the WebP is damaged");
    source.check(demuxer_ && state == WEBP_DEMUX_DONE, "the WebP is cut off");
  }

  ImageInfo info() const {
    ImageInfo info;
    info.height = features_.height;
    info.width = features_.width;
    info.color = features_.has_alpha ? ColorModel::rgb_alpha : ColorModel::rgb;
    info.pages = std::max<std::int64_t>(1, WebPDemuxGetI(demuxer_.get(), WEBP_FF_FRAME_COUNT));
    WebPChunkIterator chunk{};
    if (WebPDemuxGetChunk(demuxer_.get(), "EXIF", 1, &chunk)) {
      info.orientation = exif_orientation({chunk.chunk.bytes, chunk.chunk.size});
    }
    WebPDemuxReleaseChunkIterator(&chunk);
    return info;
  }

  Image read(const ImageInfo& info) const {
    WebPIterator frame{};
    const bool found = WebPDemuxGetFrame(demuxer_.get(), 1, &frame);
    const std::unique_ptr<WebPIterator, void (*)(WebPIterator*)> release(&frame,
                                                                         WebPDemuxReleaseIterator);
    source_.check(found, "the WebP holds no picture");
    source_.check(frame.x_offset >= 0 && frame.y_offset >= 0 &&
                      frame.x_offset + std::int64_t{frame.width} <= info.width &&
                      frame.y_offset + std::int64_t{frame.height} <= info.height,
                  "the WebP is damaged: a frame reaches beyond the picture");
    WebPBitstreamFeatures stored;
    const VP8StatusCode status =
        WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &stored);
    if (status != VP8_STATUS_OK) source_.fail("{}", status_text(status));
    // Container and bitstream both state a size; the decoder writes as large a picture as the
    // latter says.
    source_.check(stored.width == frame.width && stored.height == frame.height,
                  "the WebP is damaged: a frame of another size than its header says");
    // What the first frame of an animation leaves free is transparent black.
    Image image(info.height, info.width, info.channels());
    decode(frame, image.row(frame.y_offset) + frame.x_offset * image.channels, image);
    return image;
  }

 private:
  void decode(const WebPIterator& frame, std::uint8_t* out, const Image& image) const {
    WebPDecoderConfig config;
    check(WebPInitDecoderConfig(&config) != 0, ErrorKind::internal, "libwebp of another version");
    const auto stride = image.width * image.channels;
    config.output.colorspace = image.channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = out;
    config.output.u.RGBA.stride = static_cast<int>(stride);
    config.output.u.RGBA.size =
        static_cast<std::size_t>(image.samples.data() + image.samples.size() - out);
    const VP8StatusCode status = WebPDecode(frame.fragment.bytes, frame.fragment.size, &config);
    WebPFreeDecBuffer(&config.output);
    if (status != VP8_STATUS_OK) source_.fail("{}", status_text(status));
  }

  const Source& source_;
  WebPBitstreamFeatures features_{};
  std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)> demuxer_{nullptr, WebPDemuxDelete};
};

}  // namespace

ImageInfo probe_webp(const Source& source) {
  return WebpFile(source).info();
}

DecodedImage decode_webp(const Source& source) {
  const WebpFile file(source);
  const ImageInfo info = file.info();
  return {info, file.read(info)};
}

}  // namespace attune::image_formats
