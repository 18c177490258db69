#include "protocol/grpc/reflection.h"

#include <grpc_reflection_v1.pb.h>

#include "base/utf8.h"
#include "protocol/grpc/descriptors.h"
#include "protocol/grpc/message_frame.h"
#include "protocol/grpc/status.h"
#include "protocol/grpc/wire_reader.h"
#include "protocol/grpc/wire_writer.h"

namespace hark::protocol::grpc {
namespace {

using ServerRequest = ::grpc::reflection::v1::ServerReflectionRequest;
using ServerResponse = ::grpc::reflection::v1::ServerReflectionResponse;

struct Request {
  std::string_view host;
  int question = 0;       // field number in ServerReflectionRequest; 0: none
  std::string_view name;  // what is asked for
};

// Decoded by hand, as the library would print a line for each text that is not UTF-8.
Result<Request> decode_request(ByteSpan message) {
  Request request;
  WireReader reader(message);
  WireField field;
  while (reader.next(field)) {
    if (field.type != WireType::length_delimited) continue;
    const auto number = static_cast<int>(field.number);
    std::string_view text = as_text(field.bytes);
    if (number == ServerRequest::kFileContainingExtensionFieldNumber) {
      auto type = decode_text_field(field.bytes, 1);
      if (!type) return Failure{type.error()};
      text = *type;
    }
    const bool is_host = number == ServerRequest::kHostFieldNumber;
    const bool is_question = number >= ServerRequest::kFileByFilenameFieldNumber &&
                             number <= ServerRequest::kListServicesFieldNumber;
    if (!is_host && !is_question) continue;
    if (!is_utf8(text)) return fail(ErrorCode::invalid_argument, "a text is not valid UTF-8");
    if (is_host) {
      request.host = text;
    } else {
      request.question = number;
      request.name = text;
    }
  }
  if (reader.malformed()) return fail(ErrorCode::invalid_argument, "the request is not valid protobuf");
  return request;
}

void say_error(StatusCode code, const std::string& text, ServerResponse& response) {
  response.mutable_error_response()->set_error_code(static_cast<int>(code));
  response.mutable_error_response()->set_error_message(text);
}

void say_not_found(std::string_view what, std::string_view name, ServerResponse& response) {
  say_error(StatusCode::not_found, std::string(what).append(" not found: ").append(name), response);
}

void say_files(const std::vector<ByteSpan>& files, const Request& request, ServerResponse& response) {
  if (files.empty()) return say_not_found("file or symbol", request.name, response);
  auto& answer = *response.mutable_file_descriptor_response();
  for (const auto file : files) answer.add_file_descriptor_proto(file.data(), file.size());
}

void answer_question(const Request& request, ServerResponse& response) {
  const Descriptors& descriptors = Descriptors::embedded();
  switch (request.question) {
    case ServerRequest::kFileByFilenameFieldNumber:
      return say_files(descriptors.files_by_name(request.name), request, response);
    case ServerRequest::kFileContainingSymbolFieldNumber:
      return say_files(descriptors.files_by_symbol(request.name), request, response);
    case ServerRequest::kFileContainingExtensionFieldNumber:
      return say_not_found("extension of", request.name, response);
    case ServerRequest::kAllExtensionNumbersOfTypeFieldNumber:
      if (!descriptors.has_message(request.name)) return say_not_found("type", request.name, response);
      response.mutable_all_extension_numbers_response()->set_base_type_name(std::string(request.name));
      return;
    case ServerRequest::kListServicesFieldNumber:
      for (const auto name : descriptors.services()) {
        response.mutable_list_services_response()->add_service()->set_name(std::string(name));
      }
      return;
    default: return say_error(StatusCode::invalid_argument, "the request asks nothing", response);
  }
}

}  // namespace

Result<void> answer_reflection(ByteSpan request, ByteSink& out) {
  const auto decoded = decode_request(request);
  if (!decoded) return Failure{decoded.error()};
  ServerResponse response;
  response.set_valid_host(std::string(decoded->host));
  answer_question(*decoded, response);
  // The request is repeated as it came, with fields that we do not know. Fields may stand in any
  // order.
  ByteSink message;
  message.append(response.SerializeAsString());
  append_field(ServerResponse::kOriginalRequestFieldNumber << 3 | 2, request, message);
  append_message_frame(as_text(message.span()), out);
  return {};
}

}  // namespace hark::protocol::grpc
