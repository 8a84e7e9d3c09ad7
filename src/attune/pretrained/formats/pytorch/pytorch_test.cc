#include "attune/pretrained/formats/pytorch/pytorch.h"

#include <cstdlib>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/pretrained/formats/model_folder.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"
#include "attune/pretrained/formats/zip/zip_writer.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace std::string_literals;

std::string text(std::string_view value) {
  return fmt::format("U{}{}", static_cast<char>(value.size()), value);
}
std::string number(std::int64_t value) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &value, 8);
  return "\x8a\x08" + bytes;
}
std::string tuple(const std::vector<std::int64_t>& values) {
  std::string items;
  for (const std::int64_t value : values) items += number(value);
  return "(" + items + "t";
}
std::string dict(const std::string& items) {
  return "}(" + items + "u";
}

/// A tensor as a pickle makes it.
struct Tensor {
  std::vector<std::int64_t> shape{2}, strides{1};
  std::int64_t offset = 0, numel = 4;
  std::string key = "0", type = "FloatStorage", function = "_rebuild_tensor_v2", more;

  std::string pickled() const {
    return "ctorch._utils\n" + function + "\n((" + text("storage") + "ctorch\n" + type + "\n" +
           text(key) + text("cpu") + number(numel) + "tQ" + number(offset) + tuple(shape) +
           tuple(strides) + "\x89N" + more + "tR";
  }
};

class PytorchFiles : public ::testing::Test {
 protected:
  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  fs::path path_ = folder_ / "m.pt";
  std::map<std::string, std::string> extra_;  ///< more files of the archive
  std::array<float, 4> values_{1, 2, 3, 4};

  CheckpointFile read(const std::string& root) {
    ZipWriter zip(path_);
    zip.add("m/data.pkl", "\x80\x02" + root + ".");
    zip.add("m/data/0", std::as_bytes(std::span(values_)), 64);
    for (const auto& [name, data] : extra_) zip.add(name, data);
    zip.commit();
    return read_pytorch(path_);
  }
  std::string error(const std::string& root) {
    return error_of(ErrorKind::data, [&] { read(root); });
  }
  std::string tensor_error(const Tensor& tensor) {
    return error(dict(text("w") + tensor.pickled()));
  }
  static std::vector<float> floats(const TensorView& tensor) {
    std::vector<float> result(tensor.bytes.size() / 4);
    std::memcpy(result.data(), tensor.bytes.data(), tensor.bytes.size());
    return result;
  }
};

TEST_F(PytorchFiles, ReadsViewsOfOneStorage) {
  const CheckpointFile file = read(
      dict(text("all") + Tensor{{2, 2}, {2, 1}}.pickled() + text("turned") +
           Tensor{{2, 2}, {1, 2}}.pickled() + text("last") + Tensor{{2}, {1}, 2}.pickled() +
           text("one") + Tensor{{}, {}, 3}.pickled() + text("spread") +
           Tensor{{3, 1}, {0, 9}, 1}.pickled() + text("none") + Tensor{{0}, {1}, 9}.pickled()));
  EXPECT_EQ(floats(*file.find("all")), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(floats(*file.find("turned")), (std::vector<float>{1, 3, 2, 4}));
  EXPECT_EQ(floats(*file.find("last")), (std::vector<float>{3, 4}));
  EXPECT_EQ(floats(*file.find("one")), (std::vector<float>{4}));
  EXPECT_EQ(floats(*file.find("spread")), (std::vector<float>{2, 2, 2}));
  EXPECT_TRUE(file.find("none")->bytes.empty());
  EXPECT_EQ(file.find("last")->bytes.data(), file.find("all")->bytes.data() + 8);
  EXPECT_EQ(file.format(), "PyTorch");
}

TEST_F(PytorchFiles, RefusesATensorOutsideItsStorage) {
  const auto reaches = HasSubstr("tensor \"w\": shape");
  EXPECT_THAT(tensor_error({{5}, {1}}), AllOf(reaches, HasSubstr("behind its storage of 4")));
  EXPECT_THAT(tensor_error({{2}, {1}, 3}), reaches);
  EXPECT_THAT(tensor_error({{2}, {4}}), reaches);
  EXPECT_THAT(tensor_error({{2, 3}, {2, 2}}), reaches);
  EXPECT_THAT(tensor_error({{2}, {INT64_MAX}, 1}), reaches);
  EXPECT_THAT(tensor_error({{3, 2}, {INT64_MAX / 2, INT64_MAX / 2}}), reaches);
  EXPECT_THAT(tensor_error({{1}, {1}, INT64_MAX}), reaches);
  EXPECT_THAT(tensor_error({{1}, {1}, -1}), HasSubstr("offset is no number from 0"));
  EXPECT_THAT(tensor_error({{2}, {-1}, 1}), HasSubstr("stride is no number from 0"));
  EXPECT_THAT(tensor_error({{-2}, {1}}), HasSubstr("size is no number from 0"));
  EXPECT_THAT(tensor_error({{2, 2}, {1}}), HasSubstr("1 strides for the shape [2, 2]"));
  EXPECT_THAT(tensor_error({{INT64_MAX, 2}, {1, 1}}), HasSubstr("overflows"));
  EXPECT_THAT(tensor_error({std::vector<std::int64_t>(65, 1), std::vector<std::int64_t>(65, 1)}),
              HasSubstr("65 dimensions"));
}

// CVE-2026-24747: a storage whose record is smaller than the pickle says.
TEST_F(PytorchFiles, RefusesAStorageThatIsNotThere) {
  EXPECT_THAT(tensor_error({{5}, {1}, 0, 5}), HasSubstr("data/0 has 16 bytes, but its storage"));
  EXPECT_THAT(tensor_error({{1}, {1}, 0, INT64_MAX}), HasSubstr("overflows"));
  EXPECT_THAT(tensor_error({{1}, {1}, 0, -1}), HasSubstr("storage's size is no number"));
  EXPECT_THAT(tensor_error({{1}, {1}, 0, 4, "../0"}), HasSubstr("the archive lacks data/../0"));
}

TEST_F(PytorchFiles, RefusesWhatDescribesMoreDataThanItHolds) {
  EXPECT_THAT(tensor_error({{1'000'000'000'000}, {0}}),
              HasSubstr("describes far more data than it holds"));
  // 2^60 tensors: each list holds the one before it twice.
  std::string list = "](" + Tensor{}.pickled() + "eq\0"s;
  for (char i = 1; i < 60; ++i) list += "0](h"s + char(i - 1) + "h" + char(i - 1) + "eq" + i;
  EXPECT_THAT(error(dict(text("w") + list)), HasSubstr("nested too deeply, or too large"));
  EXPECT_THAT(error("}q\0(U\1ah\0u"s), HasSubstr("nested too deeply, or too large"));
  // A dict that holds an OrderedDict of 3,000 entries 3,000 times.
  std::string ordered = "ccollections\nOrderedDict\n](";
  for (int i = 0; i < 3000; ++i) ordered += "K\1";
  ordered = "(" + text("w") + ordered + "e\x85Rq\0"s;
  for (int i = 0; i < 3000; ++i) ordered += text(std::to_string(i)) + "h\0"s;
  EXPECT_THAT(error("}" + ordered + "u"), HasSubstr("nested too deeply, or too large"));
}

TEST_F(PytorchFiles, RefusesKindsByName) {
  const auto kind = [&](const std::string& type, const std::string& function,
                        const std::string& more = "") {
    return tensor_error({{2}, {1}, 0, 2, "0", type, function, more});
  };
  EXPECT_THAT(kind("ComplexFloatStorage", "_rebuild_tensor_v2"),
              HasSubstr("tensor \"w\": its storage is of type torch.ComplexFloatStorage"));
  EXPECT_THAT(kind("QInt8Storage", "_rebuild_qtensor"),
              AllOf(HasSubstr("torch._utils._rebuild_qtensor"), HasSubstr("quantized")));
  EXPECT_THAT(kind("FloatStorage", "_rebuild_sparse_tensor"), HasSubstr("_rebuild_sparse_tensor"));
  EXPECT_THAT(kind("FloatStorage", "_rebuild_tensor_v3", "ctorch\ncomplex64\n"),
              HasSubstr("its dtype is torch.complex64"));
  EXPECT_THAT(kind("FloatStorage", "_rebuild_tensor_v2", dict(text("neg") + "\x88")),
              HasSubstr("lazily negated"));
}

TEST_F(PytorchFiles, RunsNothingAndNamesWhatIsThere) {
  EXPECT_THAT(error("cposix\nsystem\n" + text("touch /tmp/x") + "\x85R"),
              HasSubstr("it holds an object made by posix.system, expected a state dict"));
  EXPECT_THAT(error(dict(text("model") + "cmy.code\nNet\n)R")),
              HasSubstr("\"model\" is an object made by my.code.Net"));
  EXPECT_THAT(error(dict(text("a") + "K\1")), HasSubstr("holds a dict, but no tensors"));
  EXPECT_THAT(error("]"), HasSubstr("it holds a list"));
  const auto state = dict(text("_parameters") + "}" + text("_modules") +
                          dict(text("act") + "cmy.code\nSwish\n)\x81"));
  EXPECT_THAT(error("cmy.code\nNet\n)\x81" + state + "b"),
              HasSubstr("module \"act\" is an object made by my.code.Swish"));
  const CheckpointFile file =
      read(dict(text("w") + Tensor{}.pickled() + text("evil") + "cposix\nsystem\n)R"));
  EXPECT_EQ(file.tensors().size(), 1u);
  EXPECT_EQ(file.metadata().at("left_out"), "evil");
}

TEST_F(PytorchFiles, TellsWhatItWasRunWith) {
  const auto run = [&](const std::string& settings) {
    return read(dict(text("model") + dict(text("w") + Tensor{}.pickled()) + settings)).metadata();
  };
  const std::string fields = dict(text("layers") + "K\3" + text("conv") + text("[(2, 3)]") +
                                  text("none") + "N" + text("list") + "]");
  const auto space = [](const std::string& state) {
    return "cargparse\nNamespace\n)\x81" + state + "b";
  };
  const CheckpointFile::Metadata told = run(text("args") + space(fields));
  EXPECT_EQ(told.at("args.layers"), "3");
  EXPECT_EQ(told.at("args.conv"), "[(2, 3)]");
  EXPECT_FALSE(told.contains("left_out"));
  EXPECT_EQ(run(text("args") + space(dict(text("inner") + space(fields)))).at("args.inner.layers"),
            "3");
  EXPECT_EQ(run(text("cfg") + dict(text("model") + fields)).at("cfg.model.layers"), "3");
  // OmegaConf's own objects.
  const auto omega = [](const std::string& type, const std::string& member) {
    return "comegaconf\n" + type + "\n)\x81" + dict(member) + "b";
  };
  const std::string node = omega("AnyNode", text("_val") + "K\3");
  EXPECT_EQ(run(text("cfg") + omega("DictConfig", text("_content") + dict(text("layers") + node)))
                .at("cfg.layers"),
            "3");
  // Nothing of another class is looked into, and nothing of other entries.
  EXPECT_EQ(run(text("args") + "cmy.code\nArgs\n)\x81" + fields + "b").at("left_out"), "args");
  EXPECT_EQ(run(text("optimizer") + fields).at("left_out"), "optimizer");
}

TEST_F(PytorchFiles, FindsTheWeights) {
  const std::string weights = dict(text("w") + Tensor{}.pickled());
  const auto names = [&](const std::string& root) {
    const CheckpointFile file = read(root);
    std::string list;
    for (const TensorView& tensor : file.tensors()) list += tensor.name + " ";
    return list;
  };
  EXPECT_EQ(names(weights), "w ");
  EXPECT_EQ(names(dict(text("net") + weights)), "w ");
  EXPECT_EQ(names(dict(text("model") + "N" + text("ema") + weights)), "w ");
  EXPECT_EQ(names(dict(text("state_dict") + weights + text("rng") + Tensor{}.pickled())), "w ");
  EXPECT_EQ(names(dict(text("my_model") + weights + text("other") + weights)),
            "my_model.w other.w ");
  EXPECT_EQ(names(dict(text("model") + weights + text("w") + Tensor{}.pickled())), "model.w w ");
  EXPECT_EQ(names(dict("K\7" + "]("s + Tensor{}.pickled() + "e")), "7.0 ");
  EXPECT_EQ(names(dict(text("module.a") + Tensor{}.pickled() + text("b") + Tensor{}.pickled())),
            "module.a b ");
  EXPECT_EQ(read(dict(text("model") + dict(text("state_dict") + weights))).metadata(),
            (CheckpointFile::Metadata{{"state_dict_key", "model.state_dict"}}));
  EXPECT_THAT(error(dict(text("w") + Tensor{}.pickled() + text("w") + Tensor{}.pickled())),
              HasSubstr("two tensors are named \"w\""));
}

// As timm takes them (load_state_dict with use_ema): an average before the weights, where it is
// one.
TEST_F(PytorchFiles, TakesAnAverageFirstAndSaysWhatItLeaves) {
  const auto set = [](const std::string& name) { return dict(text(name) + Tensor{}.pickled()); };
  const auto taken = [&](const std::string& root) {
    const CheckpointFile file = read(root);
    const auto fact = [&](const char* key) {
      const auto found = file.metadata().find(key);
      return found == file.metadata().end() ? "-" : found->second;
    };
    return file.tensors()[0].name + " of " + fact("state_dict_key") + ", not " +
           fact("other_weights");
  };
  for (const char* average :
       {"state_dict_ema", "model_ema", "ema_state_dict", "ema", "net_ema", "swa_state_dict"}) {
    for (const char* raw : {"state_dict", "model"}) {
      EXPECT_EQ(taken(dict(text(raw) + set("w") + text(average) + set("a") + text("optimizer") +
                           dict(text("state") + "}"))),
                fmt::format("a of {}, not {}", average, raw));
      EXPECT_EQ(taken(dict(text(raw) + set("w") + text(average) + "N")),
                fmt::format("w of {}, not -", raw));
    }
  }
  EXPECT_EQ(taken(dict(text("model_ema") + set("b") + text("state_dict_ema") + set("a") +
                       text("model") + set("w"))),
            "a of state_dict_ema, not model_ema, model");
  // torch_ema's average is a list without names: no model could find them.
  EXPECT_EQ(taken(dict(text("ema") + dict(text("shadow_params") + "](" + Tensor{}.pickled() + "e") +
                       text("state_dict") + set("w"))),
            "w of state_dict, not -");
}

// torchvision's class_to_idx, torchxrayvision's attributes of a module, lists of the user's.
TEST_F(PytorchFiles, NamesOfLabelsAreKept) {
  const std::string weights = dict(text("w") + Tensor{}.pickled());
  const auto labels = [&](const std::string& beside) {
    const auto metadata = read(dict(text("state_dict") + weights + beside)).metadata();
    const auto found = metadata.find("label_names");
    return found == metadata.end() ? "none" : found->second;
  };
  const std::string list = "](" + text("cat") + text("") + text("dog") + "e";
  EXPECT_EQ(labels(text("classes") + list), R"(["cat","","dog"])");
  EXPECT_EQ(labels(text("class_to_idx") + dict(text("dog") + number(1) + text("cat") + number(0))),
            R"(["cat","dog"])");
  EXPECT_EQ(labels(text("idx_to_class") + dict(number(1) + text("dog") + number(0) + text("cat"))),
            R"(["cat","dog"])");
  EXPECT_EQ(labels(text("class_to_idx") + dict(text("dog") + number(1) + text("cat") + number(1))),
            "none");
  EXPECT_EQ(labels(text("labels") + "](" + number(1) + number(0) + "e"), "none");
  const std::string module = "cxrv\nDenseNet\n)\x81" +
                             dict(text("_modules") + "}" + text("_buffers") + "}" +
                                  text("_parameters") + weights + text("pathologies") + list) +
                             "b";
  const auto metadata = read(module).metadata();
  EXPECT_EQ(metadata.at("label_names"), R"(["cat","","dog"])");
  EXPECT_EQ(metadata.at("module_class"), "xrv.DenseNet");
}

TEST_F(PytorchFiles, AKeyChoosesAmongTheWeights) {
  const auto set = [](const std::string& name) { return dict(text(name) + Tensor{}.pickled()); };
  read(dict(text("state_dict") + set("student.w") + text("state_dict_ema") + set("a") +
            text("epoch") + "K\7" + text("models") + "](" + set("x") + set("y") + "e"));
  const auto chosen = [&](const std::string& key) {
    const CheckpointFile file = read_pytorch(path_, key);
    return file.tensors()[0].name + " of " + file.metadata().at("state_dict_key");
  };
  EXPECT_EQ(chosen("state_dict"), "student.w of state_dict");
  EXPECT_EQ(chosen("state_dict.student"), "w of state_dict");
  EXPECT_EQ(chosen("state_dict_ema"), "a of state_dict_ema");
  EXPECT_EQ(chosen("models.1"), "y of models.1");
  EXPECT_EQ(read_pytorch(path_, "state_dict").metadata().at("other_weights"), "state_dict_ema");
  EXPECT_EQ(read_pytorch(path_, "state_dict").metadata().at("epoch"), "7");
  for (const char* key : {"model", "state_dict.teacher", "models.2", "epoch"}) {
    EXPECT_THAT(error_of(ErrorKind::user, [&] { read_pytorch(path_, key); }),
                AllOf(HasSubstr(key), HasSubstr("state_dict, state_dict_ema")));
  }
}

TEST_F(PytorchFiles, WrappersAroundAllNamesAreLeftOut) {
  const auto stripped = [&](const std::vector<std::string>& names) {
    std::string items;
    for (const std::string& name : names) {
      Tensor tensor;
      if (name == "n_averaged") tensor = {.shape = {}, .strides = {}};
      items += text(name) + tensor.pickled();
    }
    const CheckpointFile file = read(dict(items));
    std::string list;
    for (const TensorView& tensor : file.tensors()) list += tensor.name + " ";
    const auto prefix = file.metadata().find("stripped_prefix");
    return list + "- " + (prefix == file.metadata().end() ? "" : prefix->second);
  };
  EXPECT_EQ(stripped({"module.a", "module.b"}), "a b - module.");
  EXPECT_EQ(stripped({"_orig_mod.a"}), "a - _orig_mod.");
  EXPECT_EQ(stripped({"_orig_mod.module.a"}), "a - _orig_mod.module.");
  EXPECT_EQ(stripped({"n_averaged", "module.module.a"}), "a - module.module.");  // AveragedModel
  EXPECT_EQ(stripped({"module.a", "b"}), "module.a b - ");
  EXPECT_EQ(stripped({"n_averaged"}), "n_averaged - ");
}

TEST_F(PytorchFiles, AreKnownByTheirContent) {
  read(dict(text("w") + Tensor{}.pickled()));
  for (const char* name : {"best.pth.tar", "best.model", "best.safetensors", "best"}) {
    fs::copy_file(path_, folder_ / name);
    EXPECT_EQ(open_weights(folder_ / name).format(), "PyTorch") << name;
  }
  const float value = 1;
  const TensorView tensor{"w", DType::f32, {1}, std::as_bytes(std::span(&value, 1))};
  write_safetensors(folder_ / "w.bin", {&tensor, 1});
  EXPECT_EQ(open_weights(folder_ / "w.bin").format(), "safetensors");
  write_file_atomically(folder_ / "notes.txt", "no weights");
  EXPECT_THAT(error_of(ErrorKind::user, [&] { open_weights(folder_ / "notes.txt"); }),
              HasSubstr("notes.txt: not a weights file that can be read"));
}

TEST_F(PytorchFiles, RefusesOtherArchives) {
  const std::string weights = dict(text("w") + Tensor{}.pickled());
  extra_ = {{"m/byteorder", "big"}};
  EXPECT_THAT(error(weights), HasSubstr("big-endian"));
  extra_ = {{"m/byteorder", "little"}};
  EXPECT_EQ(error(weights), "no error");
  extra_ = {{"m/constants.pkl", "x"}};
  EXPECT_THAT(error(weights), HasSubstr("TorchScript"));
  const auto raw = [&](const std::string& bytes) {
    write_file_atomically(path_, bytes);
    return error_of(ErrorKind::data, [&] { read_pytorch(path_); });
  };
  EXPECT_THAT(raw(""), HasSubstr("neither the zip nor the legacy form"));
  EXPECT_THAT(raw("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("git lfs pull"));
  EXPECT_THAT(raw(std::string(257, '\0') + "ustar" + std::string(250, '\0')),
              HasSubstr("tar archive"));
  EXPECT_THAT(raw("\x80\x02N."), HasSubstr("not one of torch.save's"));
  ZipWriter zip(path_);
  zip.add("x", "y");
  zip.commit();
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read_pytorch(path_); }),
              HasSubstr("without data.pkl"));
}

/// The legacy form by hand.
std::string legacy(const std::string& root, const std::string& key, std::int64_t numel,
                   const std::string& data) {
  const std::string start = "\x80\x02";
  std::string count(8, '\0');
  std::memcpy(count.data(), &numel, 8);
  return start + "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." + start + "M\xe9\x03." +
         start + "}." + start + root + "." + start + "](" + text(key) + "e." + count + data;
}

TEST_F(PytorchFiles, ReadsTheLegacyForm) {
  const std::string root = dict(text("w") + Tensor{{2}, {1}, 2}.pickled());
  const std::string data(reinterpret_cast<const char*>(values_.data()), 16);
  const auto parse = [&](const std::string& bytes) {
    return parse_pytorch(std::as_bytes(std::span(bytes)), "m.th");
  };
  const auto error = [&](const std::string& bytes) {
    return error_of(ErrorKind::data, [&] { parse(bytes); });
  };
  const std::string good = legacy(root, "0", 4, data);
  EXPECT_EQ(floats(*parse(good).find("w")), (std::vector<float>{3, 4}));
  EXPECT_EQ(parse(good).format(), "PyTorch legacy");
  EXPECT_THAT(error(legacy(root, "0", 3, data)), HasSubstr("has 3 elements, but should have 4"));
  EXPECT_THAT(error(legacy(root, "1", 4, data)), HasSubstr("\"1\", which nothing refers to"));
  EXPECT_THAT(error(good.substr(0, good.size() - 1)), HasSubstr("the file ends after 15"));
  EXPECT_THAT(error(good.substr(0, good.size() - 20)), HasSubstr("ends before storage 0"));
  // A view of a part of the storage, as PyTorch before 0.4 saved slices.
  std::string view = Tensor{{1}, {1}, 1}.pickled();
  view.insert(view.find("tQ"), "(" + text("v") + number(2) + number(2) + "t");
  EXPECT_EQ(floats(*parse(legacy(dict(text("w") + view), "0", 4, data)).find("w")),
            (std::vector<float>{4}));
}

TEST_F(PytorchFiles, RefusesToWriteWhatCouldNotBeRead) {
  const auto bytes = std::as_bytes(std::span(values_));
  const auto error = [&](const std::vector<TensorView>& tensors) {
    return error_of(ErrorKind::user, [&] { write_pytorch(path_, tensors); });
  };
  EXPECT_THAT(error({{"w", DType::f32, {4}, bytes}, {"w", DType::f32, {4}, bytes}}),
              HasSubstr("two tensors named \"w\""));
  EXPECT_THAT(error({{"w", DType::f32, {5}, bytes}}), HasSubstr("does not take the 16 bytes"));
  EXPECT_THAT(error({{"", DType::f32, {4}, bytes}}), HasSubstr("cannot be the name"));
  EXPECT_FALSE(fs::exists(path_));
  write_pytorch(path_, {});
  EXPECT_TRUE(read_pytorch(path_).tensors().empty());
}

TEST_F(PytorchFiles, AModelFolderMayHoldPytorchWeights) {
  const auto bytes = std::as_bytes(std::span(values_));
  const std::vector<TensorView> tensors{{"w", DType::f32, {4}, bytes}};
  write_pytorch(folder_ / "part-1.bin", tensors);
  write_file_atomically(folder_ / "pytorch_model.bin.index.json",
                        R"({"weight_map":{"w":"part-1.bin"}})");
  EXPECT_EQ(open_weights(folder_).format(), "PyTorch in shards");
  write_pytorch(folder_ / "pytorch_model.bin", tensors);
  EXPECT_EQ(open_weights(folder_).format(), "PyTorch");
  write_safetensors(folder_ / "model.safetensors", tensors);
  EXPECT_EQ(open_weights(folder_).format(), "safetensors");
}

TEST(Pytorch, ReadsRealFiles) {
  const char* shared = std::getenv("ATTUNE_SHARED");
  const fs::path root =
      shared != nullptr ? fs::path(shared) : fs::path(ATTUNE_SOURCE_DIR).parent_path() / "shared";
  const fs::path folder = root / "data/weights-mnist-pt-safetensors";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not there; set ATTUNE_SHARED";
  const CheckpointFile file = open_weights(folder / "mnist.pt");
  const CheckpointFile same = open_weights(folder / "mnist.safetensors");
  // The same network, saved at two points of its training: names and shapes agree, not the values.
  EXPECT_EQ(file.tensors().size(), same.tensors().size());
  for (const TensorView& tensor : same.tensors()) {
    const TensorView* got = file.find(tensor.name);
    ASSERT_NE(got, nullptr) << tensor.name;
    EXPECT_EQ(got->dtype, tensor.dtype);
    EXPECT_EQ(got->shape, tensor.shape);
  }
  std::int64_t batches = 0;
  std::memcpy(&batches, file.find("norm1.num_batches_tracked")->bytes.data(), 8);
  EXPECT_EQ(batches, 3752);
  const CheckpointFile cifar =
      open_weights(root / "data/weights-resnet-cifar/resnet20-12fca82f.th");
  EXPECT_EQ(cifar.find("conv1.weight")->shape, (std::vector<std::int64_t>{16, 3, 3, 3}));
  EXPECT_EQ(cifar.metadata().at("best_prec1"), "91.78000183105469");
}

}  // namespace
}  // namespace attune
