"""A TCP proxy whose connections can be broken in the middle of what they carry."""

import contextlib
import socket
import struct
import threading

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: the close is a reset


class Proxy:
    """`with Proxy(port) as proxy:` listens on `proxy.target` and passes everything on to `port`."""

    def __init__(self, port):
        self._port = port
        self._lock = threading.Lock()
        self._pairs = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.target = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):  # the listener was closed
            while True:
                near = self._listener.accept()[0]
                try:
                    far = socket.create_connection(("127.0.0.1", self._port))
                except OSError:  # nobody there now
                    near.close()
                    continue
                with self._lock:
                    self._pairs.append((near, far))
                for source, sink in ((near, far), (far, near)):
                    source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def point_to(self, port):
        """Connections from now on go there; those that are stay."""
        self._port = port

    @staticmethod
    def _pass(source, sink):
        with contextlib.suppress(OSError):  # broken, by us or by an end
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """Breaks every connection. How many still lived."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        lived = 0
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    end.shutdown(socket.SHUT_RDWR)  # wakes who reads it
                    lived += end is pair[0]
                end.close()
        return lived

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()
        self.cut()
