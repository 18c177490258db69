#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/shared_bytes.h"

namespace hark::protocol::grpc {

/// What proto/ declares, as protoc described it when hark was built: which services are served, and
/// the files that declare a name. Immutable; any core may read it.
class Descriptors {
 public:
  /// The descriptors that are part of the program.
  static const Descriptors& embedded();

  /// Full names of the services, sorted.
  const std::vector<std::string_view>& services() const { return services_; }
  bool has_service(std::string_view name) const;

  /// The serialized FileDescriptorProto called `name`, after it those of all files that it imports.
  /// Empty if there is none. Borrowed from the program.
  std::vector<ByteSpan> files_by_name(std::string_view name) const;
  /// Likewise for the file that declares the message, enum, service or method `symbol` (full name).
  std::vector<ByteSpan> files_by_symbol(std::string_view symbol) const;
  /// Whether `name` is a message, which might have extensions. (None has.)
  bool has_message(std::string_view name) const;

 private:
  enum class Kind : std::uint8_t { message, enumeration, service, method };
  struct Symbol {
    Kind kind;
    std::size_t file;
  };
  struct File {
    std::string_view name;
    ByteSpan bytes;
    std::vector<std::string_view> imports;
  };

  explicit Descriptors(ByteSpan descriptor_set);
  void add_file(ByteSpan bytes);
  void add_symbol(std::string_view scope, ByteSpan declaration, Kind kind);
  std::vector<ByteSpan> files_from(std::size_t file) const;

  std::vector<File> files_;
  std::map<std::string, Symbol, std::less<>> symbols_;
  std::vector<std::string_view> services_;  // keys of symbols_
};

}  // namespace hark::protocol::grpc
