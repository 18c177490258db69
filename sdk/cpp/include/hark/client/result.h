#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "hark/client/export.h"

namespace hark::client {

/// What went wrong. Most come from the server (its gRPC status); some only the client can say.
enum class Code : std::uint8_t {
  invalid_argument,    ///< a bad name, position, message or option
  unauthenticated,     ///< the server wants a token, or a better one
  permission_denied,   ///< not for this client
  not_found,           ///< there is no such namespace
  already_exists,      ///< there is such a namespace already
  resource_exhausted,  ///< a limit of the server: message size, subscriptions, rate or memory
  unavailable,         ///< not reachable, the connection broke, or the server is shutting down
  deadline_exceeded,   ///< no answer in time
  cancelled,           ///< by this side: cancel(), close()
  unimplemented,       ///< the server does not know this request
  internal,            ///< a fault of the server, or bytes that make no sense
  queue_full,          ///< too much waits in this client: ClientOptions::calls_max, call_bytes_max
  misuse,              ///< a blocking call from within a callback
};

/// "not_found" and so on; never null.
HARK_CLIENT_API const char* to_string(Code code);

/// Whether what was asked for may have happened although there is no good answer.
enum class Outcome : std::uint8_t {
  definite_no,  ///< it did not happen and will not: trying again cannot do it twice
  unknown,      ///< it may have happened: the answer was lost. Trying again may do it twice
};

/// Why something failed.
struct Error {
  Code code = Code::internal;
  std::string message;  ///< for people; one line of UTF-8
  Outcome outcome = Outcome::definite_no;
};

/// A value, or the error instead of it. value() without one and error() without one throw
/// std::bad_variant_access: that is a mistake of the caller, and the only exception of this library.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace hark::client
