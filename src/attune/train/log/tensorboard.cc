#include "attune/train/log/tensorboard.h"

#include <bit>
#include <cerrno>
#include <chrono>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "attune/base/coding/crc32c.h"
#include "attune/base/error.h"
#include "attune/base/log.h"

namespace attune {
namespace {

// Protobuf's wire format, as far as events need it
// (https://protobuf.dev/programming-guides/encoding).
enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

/// Little-endian whatever the machine, as both TFRecord and protobuf have it.
template <typename Unsigned>
void put_fixed(std::string& out, Unsigned value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void put_key(std::string& out, unsigned field, Wire wire) {
  put_varint(out, field << 3 | static_cast<unsigned>(wire));
}

void put_integer(std::string& out, unsigned field, std::int64_t value) {
  put_key(out, field, Wire::varint);
  put_varint(out, static_cast<std::uint64_t>(value));
}

void put_bytes(std::string& out, unsigned field, std::string_view bytes) {
  put_key(out, field, Wire::bytes);
  put_varint(out, bytes.size());
  out += bytes;
}

// Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5;
//         SessionLog session_log = 7; }
std::string event_head(double wall_time, std::int64_t step) {
  std::string event;
  put_key(event, 1, Wire::fixed64);
  put_fixed(event, std::bit_cast<std::uint64_t>(wall_time));
  put_integer(event, 2, step);
  return event;
}

double wall_time_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string host_name() {
  // Part of the file's name, as TensorFlow's EventsWriter builds it.
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "localhost";
  std::string host = name;
  for (char& c : host) {
    if (c == '/') c = '_';
  }
  return host;
}

}  // namespace

std::string tfrecord(std::string_view payload) {
  std::string record;
  put_fixed(record, static_cast<std::uint64_t>(payload.size()));
  put_fixed(record, masked_crc32c(record));
  record += payload;
  put_fixed(record, masked_crc32c(payload));
  return record;
}

std::string encode_scalar_event(double wall_time, std::int64_t step, std::string_view tag,
                                float value) {
  std::string scalar;  // Summary.Value { string tag = 1; float simple_value = 2; }
  put_bytes(scalar, 1, tag);
  put_key(scalar, 2, Wire::fixed32);
  put_fixed(scalar, std::bit_cast<std::uint32_t>(value));
  std::string summary;  // Summary { repeated Value value = 1; }
  put_bytes(summary, 1, scalar);
  std::string event = event_head(wall_time, step);
  put_bytes(event, 5, summary);
  return event;
}

TensorBoardWriter::TensorBoardWriter(const fs::path& directory,
                                     std::optional<std::int64_t> purge_from_step) {
  make_directories(directory);
  const double now = wall_time_now();
  for (int number = 0; descriptor_ < 0; ++number) {  // the next number where a file has this name
    path_ = directory / fmt::format("events.out.tfevents.{:010}.{}.{}.{}",
                                    static_cast<std::int64_t>(now), host_name(), getpid(), number);
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && errno != EEXIST) fail_io("write", path_, errno);
  }
  // From version 2 on, TensorBoard goes by the restart that is marked below instead of guessing it
  // from steps out of order (event_accumulator.py, `_MaybePurgeOrphanedData`).
  std::string version = event_head(now, 0);
  put_bytes(version, 3, "brain.Event:2");
  add_record(version);
  if (purge_from_step) {
    std::string session_log;  // SessionLog { SessionStatus status = 1; }, START = 1
    put_integer(session_log, 1, 1);
    std::string start = event_head(now, *purge_from_step);
    put_bytes(start, 7, session_log);
    add_record(start);
  }
}

TensorBoardWriter::~TensorBoardWriter() {
  try {
    flush();
  } catch (const Error& error) {  // a destructor must not throw
    log_warning("{}", error.what());
  }
  close(descriptor_);
}

void TensorBoardWriter::add_scalar(std::string_view tag, double value, std::int64_t step) {
  add_record(encode_scalar_event(wall_time_now(), step, tag, static_cast<float>(value)));
}

void TensorBoardWriter::add_record(std::string_view event) {
  pending_ += tfrecord(event);
}

void TensorBoardWriter::flush() {
  while (!pending_.empty()) {
    const ssize_t put = write(descriptor_, pending_.data(), pending_.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_io("write", path_, errno);
    pending_.erase(0, static_cast<std::size_t>(put));
  }
}

}  // namespace attune
