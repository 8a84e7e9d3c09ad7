#include "attune/pretrained/formats/pytorch/pytorch.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "attune/base/error.h"
#include "attune/pretrained/formats/byte_store.h"
#include "attune/pretrained/formats/pytorch/pytorch_legacy.h"
#include "attune/pretrained/formats/pytorch/pytorch_state_dict.h"
#include "attune/pretrained/formats/zip/zip_archive.h"

namespace attune {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t kMaxPickleBytes = 1u << 30;

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Strided tensors are copied; their number is bounded by what the file holds.
std::uint64_t max_copied(Bytes bytes) {
  return (std::uint64_t{64} << 20) + 4 * bytes.size();
}

CheckpointFile finish(const std::string& source, PytorchStateDict found, std::string format,
                      std::shared_ptr<const void> storage) {
  return {source, std::move(found.tensors), std::move(found.metadata), std::move(storage),
          std::move(format)};
}

/// The folder in the archive that holds data.pkl: the archive's name when it was saved, and "/".
std::string find_prefix(const ZipArchive& archive, const std::string& source) {
  constexpr std::string_view kPickle = "data.pkl";
  for (const ZipEntry& entry : archive.entries()) {
    const std::string_view name = entry.name;
    if (!name.ends_with(kPickle)) continue;
    const auto prefix = name.substr(0, name.size() - kPickle.size());
    // A data.pkl deeper inside belongs to something else that the archive holds.
    const bool top = prefix.empty() || prefix.find('/') == prefix.size() - 1;
    if (!top) continue;
    for (const ZipEntry& other : archive.entries()) {
      check(!other.name.starts_with(std::string(prefix) + "code/") &&
                other.name != std::string(prefix) + "constants.pkl",
            ErrorKind::data,
            "{}: a TorchScript archive (torch.jit.save), not a checkpoint. In Python, "
            "`torch.save(torch.jit.load(FILE).state_dict(), NEW_FILE)` writes one",
            source);
    }
    return std::string(prefix);
  }
  fail(ErrorKind::data, "{}: a ZIP archive without data.pkl: not a checkpoint of torch.save's",
       source);
}

CheckpointFile read_zip(Bytes bytes, const std::string& source, const std::string& key,
                        std::shared_ptr<ByteStore> store) {
  const ZipArchive archive(bytes, source);
  const std::string prefix = find_prefix(archive, source);
  // Older versions write no such entry; torch.load then assumes the machine's own order.
  if (const ZipEntry* order = archive.find(prefix + "byteorder")) {
    check(text_of(archive.read_start(*order, 16)) == "little", ErrorKind::data,
          "{}: it was saved on a big-endian machine, which is not supported; load and save it "
          "with PyTorch on this machine",
          source);
  }
  const ZipEntry& entry = *archive.find(prefix + "data.pkl");
  check(entry.size <= kMaxPickleBytes, ErrorKind::data, "{}: its data.pkl has {} bytes", source,
        entry.size);
  const Pickle pickle = parse_pickle(text_of(archive.read(entry, *store)), source);
  std::unordered_map<std::string, Bytes> read;  // storages that had to be unpacked
  const auto storages = [&](const StorageId& id) {
    const ZipEntry* record = archive.find(prefix + "data/" + id.key);
    check(record != nullptr, ErrorKind::data, "{}: the archive lacks data/{}", source, id.key);
    check(id.bytes() <= record->size, ErrorKind::data,
          "{}: data/{} has {} bytes, but its storage should have {}", source, id.key, record->size,
          id.bytes());
    const auto [found, fresh] = read.try_emplace(id.key);
    if (fresh) found->second = archive.read(*record, *store);
    return found->second;
  };
  PytorchTensors tensors(source, storages, *store, max_copied(bytes));
  return finish(source, find_state_dict(pickle.root(), tensors, source, key), "PyTorch", store);
}

CheckpointFile read_legacy(Bytes bytes, const std::string& source, const std::string& key,
                           std::shared_ptr<ByteStore> store) {
  const PytorchLegacyFile file(text_of(bytes), source);
  const auto storages = [&](const StorageId& id) { return file.storage(id); };
  PytorchTensors tensors(source, storages, *store, max_copied(bytes));
  return finish(source, find_state_dict(file.root(), tensors, source, key), "PyTorch legacy",
                store);
}

CheckpointFile parse(Bytes bytes, const std::string& source, const std::string& key,
                     std::shared_ptr<ByteStore> store) {
  if (looks_like_zip(bytes)) return read_zip(bytes, source, key, std::move(store));
  const std::string_view text = text_of(bytes.first(std::min<std::size_t>(bytes.size(), 512)));
  // The opcode PROTO of a pickle.
  if (text.starts_with('\x80')) return read_legacy(bytes, source, key, std::move(store));
  check(!text.starts_with("version https://git-lfs"), ErrorKind::data,
        "{}: a pointer of Git LFS, not the file itself; fetch it with `git lfs pull`", source);
  // POSIX ustar: the magic stands at byte 257 of the first header.
  check(text.size() < 263 || text.substr(257, 5) != "ustar", ErrorKind::data,
        "{}: a tar archive, as PyTorch before 0.2 wrote them; load and save it with PyTorch",
        source);
  fail(ErrorKind::data, "{}: neither the zip nor the legacy form of a PyTorch checkpoint", source);
}

}  // namespace

CheckpointFile read_pytorch(const fs::path& path, const std::string& key) {
  const auto store = std::make_shared<ByteStore>();
  const Bytes bytes = store->map(path);
  return parse(bytes, path.string(), key, store);
}

CheckpointFile parse_pytorch(Bytes bytes, const std::string& source, const std::string& key) {
  return parse(bytes, source, key, std::make_shared<ByteStore>());
}

}  // namespace attune
