#include <algorithm>
#include <charconv>
#include <cmath>

#include "attune/base/error.h"
#include "attune/media/image/processor.h"

namespace attune {
namespace {

/// What a class of transformers takes where its file is silent.
struct Defaults {
  std::string_view type;  ///< without "ImageProcessor"
  int resample;
  std::int64_t size;
  bool shortest_edge;      ///< what a bare number means as size
  std::int64_t crop_size;  ///< 0: no crop
  std::array<double, 3> mean, std;
};

// IMAGENET_STANDARD_MEAN of transformers is one half, whatever its name says; what ImageNet is
// normalised with is its IMAGENET_DEFAULT_MEAN.
constexpr std::array<double, 3> kHalf = {0.5, 0.5, 0.5};
constexpr std::array<double, 3> kImageNetMean = {0.485, 0.456, 0.406};
constexpr std::array<double, 3> kImageNetStd = {0.229, 0.224, 0.225};
constexpr std::array<double, 3> kClipMean = {0.48145466, 0.4578275, 0.40821073};
constexpr std::array<double, 3> kClipStd = {0.26862954, 0.26130258, 0.27577711};
constexpr std::string_view kConvNext = "ConvNext", kAttune = "Attune";

// The class attributes in transformers' image_processing_pil_*.py.
constexpr Defaults kDefaults[] = {
    {"", 2, 224, false, 0, kImageNetMean, kImageNetStd},  // no class named
    {kAttune, 2, 224, false, 0, kImageNetMean, kImageNetStd},
    {"ViT", 2, 224, false, 0, kHalf, kHalf},
    {"DeiT", 3, 256, false, 224, kHalf, kHalf},
    {"Beit", 3, 224, false, 0, kHalf, kHalf},
    {kConvNext, 3, 384, true, 0, kHalf, kHalf},
    {"MobileNetV1", 2, 256, true, 224, kHalf, kHalf},
    {"MobileNetV2", 2, 256, true, 224, kHalf, kHalf},
    {"CLIP", 3, 224, true, 224, kClipMean, kClipStd},
    {"Bit", 3, 224, true, 224, kClipMean, kClipStd},
};

// PIL.Image.Resampling; 5, Hamming, is what none of these classes takes by itself.
constexpr std::pair<int, Filter> kFilters[] = {{0, Filter::nearest},
                                               {1, Filter::lanczos},
                                               {2, Filter::bilinear},
                                               {3, Filter::bicubic},
                                               {4, Filter::box}};

/// Settings that would change pixels in a way that attune does not compute.
constexpr const char* kRefused[] = {"do_pad",
                                    "do_flip_channel_order",
                                    "rescale_offset",
                                    "do_thumbnail",
                                    "do_align_long_axis",
                                    "do_color_quantize",
                                    "do_image_splitting"};

/// Values of a preprocessor_config.json; null counts as missing.
class Reader {
 public:
  Reader(const Json& json, const std::string& source) : json_(json), source_(source) {
    check(json.is_object(), "", "an object");
  }

  const Json* find(const std::string& key) const {
    const auto found = json_.find(key);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }

  void check(bool ok, const std::string& key, std::string_view expected) const {
    const Json* value = key.empty() ? &json_ : find(key);
    attune::check(ok, ErrorKind::data, "{}: preprocessor_config.json: {}{}{}; expected {}", source_,
                  key, key.empty() ? "" : " is ",
                  shorten(value != nullptr ? value->dump(-1, ' ', false, kReplace) : "missing"),
                  expected);
  }

  bool flag(const std::string& key, bool fallback) const {
    const Json* value = find(key);
    if (value == nullptr) return fallback;
    check(value->is_boolean(), key, "true or false");
    return value->get<bool>();
  }

  double number(const std::string& key, double fallback) const {
    const Json* value = find(key);
    if (value == nullptr) return fallback;
    check(value->is_number() && value->get<double>() > 0 && std::isfinite(value->get<double>()),
          key, "a number above 0");
    return value->get<double>();
  }

  std::string text(const std::string& key) const {
    const Json* value = find(key);
    if (value == nullptr) return "";
    check(value->is_string(), key, "text");
    return value->get<std::string>();
  }

  /// One number for all three channels, or a list of one or three.
  std::vector<double> channel_values(const std::string& key, const std::array<double, 3>& fallback,
                                     bool positive) const {
    const Json* value = find(key);
    if (value == nullptr) return {fallback.begin(), fallback.end()};
    const auto good = [&](const Json& item) {
      return item.is_number() && std::isfinite(item.get<double>()) &&
             (!positive || item.get<double>() > 0);
    };
    const bool is_list = value->is_array() && (value->size() == 1 || value->size() == 3) &&
                         std::all_of(value->begin(), value->end(), good);
    check(is_list || good(*value), key,
          positive ? "one or three numbers above 0" : "one or three numbers");
    if (is_list) return value->get<std::vector<double>>();
    return std::vector<double>(3, value->get<double>());
  }

  /// Number of pixels of a side.
  std::int64_t side(const Json& value, const std::string& key) const {
    constexpr std::int64_t kMaxSide = 16384;
    const bool ok = value.is_number_integer() && value.get<std::int64_t>() >= 1 &&
                    value.get<std::int64_t>() <= kMaxSide;
    check(ok, key, "whole numbers of 1 to 16384 as height and width, or as shortest_edge");
    return value.get<std::int64_t>();
  }

 private:
  static constexpr auto kReplace = Json::error_handler_t::replace;

  static std::string shorten(std::string text) {
    constexpr std::size_t kMost = 200;
    return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
  }

  const Json& json_;
  const std::string& source_;
};

/// A size as one of the forms that transformers has had over the years.
struct ReadSize {
  Size size;
  bool shortest_edge = false;
};

std::optional<ReadSize> read_size(const Reader& reader, const std::string& key,
                                  bool number_is_shortest_edge) {
  const Json* value = reader.find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_array() && value->size() == 2) {
    return ReadSize{{reader.side((*value)[0], key), reader.side((*value)[1], key)}};
  }
  if (!value->is_object()) {
    const std::int64_t side = reader.side(*value, key);
    return ReadSize{{side, side}, number_is_shortest_edge};
  }
  if (value->size() == 1 && value->contains("shortest_edge")) {
    const std::int64_t side = reader.side((*value)["shortest_edge"], key);
    return ReadSize{{side, side}, true};
  }
  reader.check(value->size() == 2 && value->contains("height") && value->contains("width"), key,
               "height and width, or shortest_edge alone");
  return ReadSize{{reader.side((*value)["height"], key), reader.side((*value)["width"], key)}};
}

const Defaults& find_defaults(const Reader& reader) {
  std::string key = "image_processor_type";
  if (reader.find(key) == nullptr) key = "feature_extractor_type";
  std::string type = reader.text(key);
  // Outermost first: ViTImageProcessorFast is ViT. FeatureExtractor is what image processors were
  // called before.
  for (const std::string_view suffix : {"Fast", "Pil", "ImageProcessor", "FeatureExtractor"}) {
    if (type.ends_with(suffix)) type.erase(type.size() - suffix.size());
  }
  const auto found = std::find_if(std::begin(kDefaults), std::end(kDefaults),
                                  [&](const Defaults& entry) { return entry.type == type; });
  reader.check(found != std::end(kDefaults), key,
               "one of the ViT-, DeiT-, Beit-, ConvNext-, MobileNetV1-, MobileNetV2-, CLIP- and "
               "BitImageProcessor");
  return *found;
}

Filter read_filter(const Reader& reader, int fallback) {
  const Json* value = reader.find("resample");
  const auto found = std::find_if(std::begin(kFilters), std::end(kFilters), [&](const auto& entry) {
    return value != nullptr ? *value == entry.first : entry.first == fallback;
  });
  reader.check(found != std::end(kFilters), "resample",
               "0 (nearest), 1 (Lanczos), 2 (bilinear), 3 (bicubic) or 4 (box)");
  return found->second;
}

std::vector<double> parse_numbers(const std::vector<std::string>& texts, std::string_view name,
                                  std::size_t channels, bool positive) {
  std::vector<double> values;
  for (const std::string& text : texts) {
    double value = 0;
    // Unlike strtod it does not read "0,5" as a number where the locale has decimal commas.
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    check(error == std::errc() && end == text.data() + text.size() && std::isfinite(value) &&
              (!positive || value > 0),
          ErrorKind::user, "{}: \"{}\" is not a number{}", name, text, positive ? " above 0" : "");
    values.push_back(value);
  }
  if (values.size() == 1) values.resize(channels, values[0]);
  check(values.size() == channels, ErrorKind::user, "{}: {} numbers for {} channels", name,
        values.size(), channels);
  return values;
}

}  // namespace

void ImageProcessor::read(const Json& json, const std::string& source) {
  const Reader reader(json, source);
  for (const char* key : kRefused) {
    const Json* value = reader.find(key);
    reader.check(value == nullptr || *value == false, key, "false: attune does not compute it");
  }
  const Defaults& defaults = find_defaults(reader);
  filter_ = read_filter(reader, defaults.resample);
  rescale_ = reader.flag("do_rescale", true);
  rescale_factor_ = reader.number("rescale_factor", 1.0 / 255.0);
  normalize_ = reader.flag("do_normalize", true);
  mean_ = reader.channel_values("image_mean", defaults.mean, false);
  std_ = reader.channel_values("image_std", defaults.std, true);
  reader.check(mean_.size() == std_.size(), "image_std", "as many numbers as image_mean");
  // This key and "letterbox" are attune's own; transformers keeps keys that it does not know and
  // does nothing with them.
  round_half_even_ = reader.text("center_crop_rounding") == "half_even";

  const Size square{defaults.size, defaults.size};
  const bool resizes = reader.flag("do_resize", true);
  const auto stated = read_size(reader, "size", defaults.shortest_edge);
  const ReadSize size = stated.value_or(ReadSize{square, defaults.shortest_edge});
  if (resizes) {
    resize_ = size.shortest_edge ? Resize::shortest_edge : Resize::exact;
    if (reader.flag("letterbox", false)) resize_ = Resize::letterbox;
    resize_to_ = size.size;
  } else if (stated && !stated->shortest_edge) {
    resize_to_ = stated->size;
  }
  if (defaults.type == kConvNext && resizes) {
    // image_processing_convnext.py, resize: below 384 the middle `crop_pct` of the picture is kept;
    // from there on all, distorted.
    reader.check(size.shortest_edge, "size", "shortest_edge alone, as ConvNeXt has it");
    const std::int64_t edge = size.size.height;
    const double kept = reader.number("crop_pct", 224.0 / 256.0);
    resize_ = edge < 384 ? Resize::shortest_edge : Resize::exact;
    if (edge < 384) {
      crop_ = size.size;
      const auto resized = static_cast<std::int64_t>(static_cast<double>(edge) / kept);
      reader.check(kept <= 1 && resized <= 16384, "crop_pct", "a share of at most 1");
      resize_to_ = Size{resized, resized};
    }
    return;
  }
  const Size crop{defaults.crop_size, defaults.crop_size};
  if (!reader.flag("do_center_crop", defaults.crop_size > 0)) return;
  const auto stated_crop = read_size(reader, "crop_size", false);
  reader.check(stated_crop || defaults.crop_size > 0, "crop_size", "height and width");
  crop_ = stated_crop ? stated_crop->size : crop;
}

void ImageProcessor::override_values(const ImageProcessorOptions& options) {
  filter_ = options.resample.value_or(filter_);
  const auto override_one = [&](const std::vector<std::string>& texts, std::string_view name,
                                bool positive, std::vector<double>& values) {
    if (texts.empty()) return;
    values = parse_numbers(texts, name, values.size(), positive);
    normalize_ = true;
  };
  override_one(options.image_mean, "image_mean", false, mean_);
  override_one(options.image_std, "image_std", true, std_);
}

Json ImageProcessor::to_json() const {
  const auto as_square = [](Size size) {
    return Json{{"height", size.height}, {"width", size.width}};
  };
  const bool letterbox = resize_ == Resize::letterbox;
  Json json;
  json["image_processor_type"] = letterbox ? "AttuneImageProcessor" : "BitImageProcessor";
  json["do_convert_rgb"] = channels() == 3;
  json["do_resize"] = resize_ != Resize::none;
  if (resize_to_) {
    json["size"] = resize_ == Resize::shortest_edge ? Json{{"shortest_edge", resize_to_->height}}
                                                    : as_square(*resize_to_);
  }
  const auto code = std::find_if(std::begin(kFilters), std::end(kFilters),
                                 [&](const auto& entry) { return entry.second == filter_; });
  json["resample"] = code->first;
  if (letterbox) json["letterbox"] = true;
  json["do_center_crop"] = crop_.has_value();
  if (crop_) json["crop_size"] = as_square(*crop_);
  if (round_half_even_) json["center_crop_rounding"] = "half_even";
  json["do_rescale"] = rescale_;
  json["rescale_factor"] = rescale_factor_;
  json["do_normalize"] = normalize_;
  json["image_mean"] = mean_;
  json["image_std"] = std_;
  return json;
}

Json torchvision_preprocessing(std::int64_t resize_size, std::int64_t image_size, Filter filter) {
  Json json = {{"image_processor_type", "BitImageProcessor"},
               {"size", {{"shortest_edge", resize_size}}},
               {"crop_size", {{"height", image_size}, {"width", image_size}}},
               {"center_crop_rounding", "half_even"},
               {"image_mean", kImageNetMean},
               {"image_std", kImageNetStd}};
  for (const auto& [code, candidate] : kFilters) {
    if (candidate == filter) json["resample"] = code;
  }
  return json;
}

}  // namespace attune
