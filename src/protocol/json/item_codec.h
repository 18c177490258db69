#pragma once

#include <cstddef>
#include <string>

#include "model/message.h"

namespace hark::protocol::json {

// A topic's items as JSON objects, the same for every form that speaks JSON. Names and nesting are those of
// Momento's long poll; numbers are JSON numbers, which stay below 2^53.

/// Size of write_item's output.
std::size_t item_size(const Message& message);

/// Writes {"item":{"topic_sequence_number":N,"sequence_page":P,"value":{"text":"..."}}}; bytes are
/// "binary":"BASE64", and a publisher's id, if there is one, follows the value as "publisher_id".
/// Returns the end of what was written.
char* write_item(const Message& message, char* out);

/// Appends {"discontinuity":{...}}: `last_topic_sequence` and `last_sequence_page` as the subscriber had or
/// claimed them, `new_topic_sequence` the number of the next item (on gRPC: of the one before it), and in
/// hark's own words `missed_from` to `missed_to` of the new page and the `reason`. When missed_from is above
/// missed_to, that page misses nothing.
void append_discontinuity(const Discontinuity& discontinuity, std::string& out);

}  // namespace hark::protocol::json
