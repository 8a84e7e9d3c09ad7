#include "attune/pretrained/formats/pytorch/pytorch_legacy.h"

#include "attune/base/error.h"
#include "attune/pretrained/formats/little_endian.h"

namespace attune {
namespace {

// MAGIC_NUMBER and PROTOCOL_VERSION of torch/serialization.py; the number 0x1950a86a20f9469cfc6c as
// its bytes lie in the pickle.
constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t kProtocol = 1001;

/// The storages that the pickle of what was saved speaks of, by key.
std::unordered_map<std::string, StorageId> storages_of(const Pickle& saved,
                                                       const std::string& source) {
  std::unordered_map<std::string, StorageId> ids;
  for (const PickleValue* persistent : saved.persistent()) {
    const PickleValue& arguments = *persistent->arguments;
    const bool module = arguments.kind == PickleKind::tuple && !arguments.items.empty() &&
                        arguments.items[0]->is_text("module");
    if (module) continue;  // the source text of a pickled class
    StorageId id = read_storage_id(*persistent, source);
    const auto [found, fresh] = ids.try_emplace(id.key, id);
    check(fresh || (found->second.dtype == id.dtype && found->second.numel == id.numel),
          ErrorKind::data, "{}: storage {} has two types or sizes", source, id.key);
  }
  return ids;
}

}  // namespace

PytorchLegacyFile::PytorchLegacyFile(std::string_view bytes, const std::string& source)
    : source_(source) {
  const auto next = [&] {
    Pickle pickle = parse_pickle(bytes, source);
    bytes.remove_prefix(pickle.size());
    return pickle;
  };
  // torch/serialization.py, _legacy_save: five pickles (magic number, version, system, what was
  // saved, the storages' keys), then for each key its number of elements and its bytes.
  const Pickle magic = next();
  check(magic.root().kind == PickleKind::big_integer && magic.root().text == kMagic,
        ErrorKind::data, "{}: a Python pickle, but not one of torch.save's", source);
  const Pickle protocol = next();
  check(protocol.root().kind == PickleKind::integer && protocol.root().integer == kProtocol,
        ErrorKind::data, "{}: a legacy PyTorch checkpoint of an unknown version, expected {}",
        source, kProtocol);
  // The system, which is not needed: PyTorch stores values little-endian on every machine
  // (torch/csrc/serialization.cpp).
  next();
  saved_ = next();
  const Pickle keys = next();
  check(keys.root().kind == PickleKind::list, ErrorKind::data,
        "{}: its list of storages is damaged", source);
  const auto ids = storages_of(saved_, source);
  auto rest = std::as_bytes(std::span(bytes.data(), bytes.size()));
  for (const PickleValue* key : keys.root().items) {
    const auto id = ids.find(std::string(key->text));
    check(id != ids.end(), ErrorKind::data, "{}: it stores \"{}\", which nothing refers to", source,
          key->text);
    check(rest.size() >= 8, ErrorKind::data,
          "{}: ends before storage {}: cut off, download it again", source, key->text);
    const auto numel = load_little_endian<std::uint64_t>(rest, 0);
    rest = rest.subspan(8);
    const StorageId& storage = id->second;
    check(numel == storage.numel, ErrorKind::data,
          "{}: storage {} has {} elements, but should have {}", source, key->text, numel,
          storage.numel);
    check(storage.bytes() <= rest.size(), ErrorKind::data,
          "{}: storage {} takes {} bytes, but the file ends after {}: cut off, download it again",
          source, key->text, storage.bytes(), rest.size());
    storages_[storage.key] = rest.first(static_cast<std::size_t>(storage.bytes()));
    rest = rest.subspan(static_cast<std::size_t>(storage.bytes()));
  }
}

std::span<const std::byte> PytorchLegacyFile::storage(const StorageId& id) const {
  const auto found = storages_.find(id.key);
  check(found != storages_.end(), ErrorKind::data, "{}: the file lacks storage {}", source_,
        id.key);
  return found->second;
}

}  // namespace attune
