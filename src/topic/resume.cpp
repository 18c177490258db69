#include "topic/resume.h"

#include <algorithm>

namespace hark::topic {
namespace {

SequenceNumber newest(const Buffer& buffer, std::uint64_t count) {
  const std::uint64_t kept = buffer.head.next() - buffer.oldest;
  return buffer.head.next() - std::min(count, kept);
}

Discontinuity notice(DiscontinuityReason reason, const Buffer& buffer, const ResumeRequest& request,
                     SequenceNumber first) {
  const SequenceNumber last = request.number.value() == 0 ? request.number : request.number.previous();
  return {reason, {request.page, last}, buffer.page, first.previous()};
}

}  // namespace

ResumePlan plan_resume(const Buffer& buffer, const ResumeRequest& request) {
  const bool fresh = request.number.value() == 0;
  const bool any_page = request.page.value() == 0;
  if (!any_page && request.page != buffer.page) {
    const SequenceNumber first = fresh ? newest(buffer, request.fresh_messages) : buffer.oldest;
    return {notice(DiscontinuityReason::page_changed, buffer, request, first), first};
  }
  if (fresh) return {std::nullopt, newest(buffer, request.fresh_messages)};
  // Number 1 of "whichever page" is the wish for whatever there is, not a claim to have had 0.
  if (any_page && request.number.value() == 1) return {std::nullopt, buffer.oldest};
  if (request.number > buffer.head.next()) {
    const SequenceNumber live = buffer.head.next();
    return {notice(DiscontinuityReason::position_ahead, buffer, request, live), live};
  }
  if (request.number < buffer.oldest)
    return {notice(DiscontinuityReason::expired, buffer, request, buffer.oldest), buffer.oldest};
  return {std::nullopt, request.number};
}

}  // namespace hark::topic
