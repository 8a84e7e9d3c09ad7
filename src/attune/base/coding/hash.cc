#include "attune/base/coding/hash.h"

#include <openssl/evp.h>

#include <array>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"

namespace attune {

// EVP, since OpenSSL 3.0 deprecates SHA256_Update and its like.
struct Hasher::Context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(md); }
};

Hasher::Hasher(HashAlgorithm algorithm) : context_(std::make_unique<Context>()) {
  const EVP_MD* type = algorithm == HashAlgorithm::sha1 ? EVP_sha1() : EVP_sha256();
  check(context_->md != nullptr && EVP_DigestInit_ex(context_->md, type, nullptr) == 1,
        ErrorKind::internal, "OpenSSL offers no SHA digest");
}

Hasher::~Hasher() = default;

void Hasher::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(context_->md, bytes.data(), bytes.size());
}

void Hasher::update(std::string_view bytes) {
  EVP_DigestUpdate(context_->md, bytes.data(), bytes.size());
}

std::string Hasher::hex_digest() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context_->md, digest.data(), &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  // Weights of gigabytes take seconds.
  constexpr std::size_t kPiece = std::size_t{16} << 20;
  Hasher hasher(HashAlgorithm::sha256);
  for (; bytes.size() > kPiece; bytes = bytes.subspan(kPiece)) {
    hasher.update(bytes.first(kPiece));
    check_stop();
  }
  hasher.update(bytes);
  return hasher.hex_digest();
}

std::string sha256_hex(std::string_view bytes) {
  return sha256_hex(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

}  // namespace attune
