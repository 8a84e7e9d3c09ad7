#include "attune/models/image/preprocessing.h"

namespace attune {

namespace {

constexpr int kBilinear = 2;  // Pillow's number

Json base(double mean0, double mean1, double mean2, double deviation0, double deviation1,
          double deviation2) {
  return {{"image_processor_type", "BitImageProcessor"},
          {"do_convert_rgb", true},
          {"do_resize", false},
          {"do_center_crop", false},
          {"do_rescale", true},
          {"rescale_factor", 1.0 / 255.0},
          {"do_normalize", true},
          {"image_mean", {mean0, mean1, mean2}},
          {"image_std", {deviation0, deviation1, deviation2}}};
}

Json imagenet_values() {
  return base(0.485, 0.456, 0.406, 0.229, 0.224, 0.225);
}

Json square(std::int64_t size) {
  return {{"height", size}, {"width", size}};
}

void resize_and_crop(Json& json, std::int64_t shortest_edge, std::int64_t size) {
  json["do_resize"] = true;
  json["size"] = {{"shortest_edge", shortest_edge}};
  json["resample"] = kBilinear;
  json["do_center_crop"] = true;
  json["crop_size"] = square(size);
}

}  // namespace

Json photo_preprocessing(std::int64_t size) {
  Json json = imagenet_values();
  resize_and_crop(json, size * 256 / 224, size);
  json["center_crop_rounding"] = "half_even";  // torchvision's; Hugging Face rounds down
  return json;
}

Json keras_preprocessing(std::int64_t shortest_edge, std::int64_t size) {
  Json json = base(0.5, 0.5, 0.5, 0.5, 0.5, 0.5);
  resize_and_crop(json, shortest_edge, size);
  return json;
}

Json tiny_preprocessing(std::int64_t size) {
  Json json = base(0.5, 0.5, 0.5, 0.5, 0.5, 0.5);
  json["do_resize"] = true;
  json["size"] = square(size);
  json["resample"] = kBilinear;
  return json;
}

// (2 x - 1) * 1024 of x in [0, 1].
Json xray_preprocessing(std::int64_t size) {
  constexpr double kDeviation = 1.0 / 2048;
  Json json = base(0.5, 0.5, 0.5, kDeviation, kDeviation, kDeviation);
  resize_and_crop(json, size, size);
  return json;
}

// ImageNet's values for CIFAR too, as https://github.com/akamaster/pytorch_resnet_cifar10 trains.
Json cifar_preprocessing() {
  Json json = imagenet_values();
  json["do_resize"] = true;
  json["size"] = square(32);
  json["resample"] = kBilinear;
  return json;
}

}  // namespace attune
