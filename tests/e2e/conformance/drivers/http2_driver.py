"""The HTTP forms over HTTP/2: only the wire is another."""

from conformance import http2_wire
from conformance.drivers.long_poll_driver import LongPollDriver
from conformance.drivers.sse_driver import SseDriver


class SseHttp2Driver(SseDriver):
    name = "sse_http2"
    wire = http2_wire


class LongPollHttp2Driver(LongPollDriver):
    name = "long_poll_http2"
    wire = http2_wire


DRIVERS = [SseHttp2Driver, LongPollHttp2Driver]
