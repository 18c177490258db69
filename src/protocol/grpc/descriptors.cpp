#include "protocol/grpc/descriptors.h"

#include <algorithm>

#include "base/check.h"
#include "protocol/grpc/wire_reader.h"

// Made by cmake/EmbedBytes.cmake: a serialized FileDescriptorSet.
extern const unsigned char hark_descriptor_set[];
extern const unsigned long hark_descriptor_set_size;

namespace hark::protocol::grpc {
namespace {

// Calls `take` for each field of a message of our own making: damage is our bug.
template <typename Take>
void for_each_field(ByteSpan message, Take take) {
  WireReader reader(message);
  WireField field;
  while (reader.next(field)) {
    if (field.type == WireType::length_delimited) take(field.number, field.bytes);
  }
  HARK_CHECK(!reader.malformed());
}

constexpr std::uint32_t name_field = 1;  // in every kind of descriptor

std::string_view name_of(ByteSpan declaration) {
  std::string_view name;
  for_each_field(declaration, [&](std::uint32_t number, ByteSpan bytes) {
    if (number == name_field) name = as_text(bytes);
  });
  return name;
}

}  // namespace

const Descriptors& Descriptors::embedded() {
  static const Descriptors descriptors(
      std::as_bytes(std::span(hark_descriptor_set, hark_descriptor_set_size)));
  return descriptors;
}

Descriptors::Descriptors(ByteSpan descriptor_set) {
  for_each_field(descriptor_set, [&](std::uint32_t number, ByteSpan bytes) {
    if (number == 1) add_file(bytes);
  });
  for (const auto& [name, symbol] : symbols_) {
    if (symbol.kind == Kind::service) services_.push_back(name);
  }
}

// The numbers here and below are those of google/protobuf/descriptor.proto.
void Descriptors::add_file(ByteSpan bytes) {
  File file{name_of(bytes), bytes, {}};
  std::string_view package;
  for_each_field(bytes, [&](std::uint32_t number, ByteSpan value) {
    if (number == 2) package = as_text(value);
    if (number == 3) file.imports.push_back(as_text(value));
  });
  files_.push_back(std::move(file));
  for_each_field(bytes, [&](std::uint32_t number, ByteSpan value) {
    if (number == 4) add_symbol(package, value, Kind::message);
    if (number == 5) add_symbol(package, value, Kind::enumeration);
    if (number == 6) add_symbol(package, value, Kind::service);
  });
}

void Descriptors::add_symbol(std::string_view scope, ByteSpan declaration, Kind kind) {
  std::string name(scope);
  if (!name.empty()) name += '.';
  name += name_of(declaration);
  symbols_.emplace(name, Symbol{kind, files_.size() - 1});
  for_each_field(declaration, [&](std::uint32_t number, ByteSpan value) {
    if (kind == Kind::message && number == 3) add_symbol(name, value, Kind::message);
    if (kind == Kind::message && number == 4) add_symbol(name, value, Kind::enumeration);
    if (kind == Kind::service && number == 2) add_symbol(name, value, Kind::method);
  });
}

bool Descriptors::has_service(std::string_view name) const {
  const auto found = symbols_.find(name);
  return found != symbols_.end() && found->second.kind == Kind::service;
}

bool Descriptors::has_message(std::string_view name) const {
  const auto found = symbols_.find(name);
  return found != symbols_.end() && found->second.kind == Kind::message;
}

std::vector<ByteSpan> Descriptors::files_by_name(std::string_view name) const {
  const auto found =
      std::find_if(files_.begin(), files_.end(), [&](const File& file) { return file.name == name; });
  if (found == files_.end()) return {};
  return files_from(static_cast<std::size_t>(found - files_.begin()));
}

std::vector<ByteSpan> Descriptors::files_by_symbol(std::string_view symbol) const {
  const auto found = symbols_.find(symbol);
  if (found == symbols_.end()) return {};
  return files_from(found->second.file);
}

std::vector<ByteSpan> Descriptors::files_from(std::size_t file) const {
  std::vector<std::size_t> order = {file};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (const auto import : files_[order[i]].imports) {
      for (std::size_t other = 0; other < files_.size(); ++other) {
        const bool known = std::find(order.begin(), order.end(), other) != order.end();
        if (files_[other].name == import && !known) order.push_back(other);
      }
    }
  }
  std::vector<ByteSpan> bytes;
  for (const auto index : order) bytes.push_back(files_[index].bytes);
  return bytes;
}

}  // namespace hark::protocol::grpc
