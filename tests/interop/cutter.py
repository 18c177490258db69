"""A TCP proxy in front of a server, which the program under test tells when to cut.

One command a connection to `control_port`, one line each way:
  cut     breaks every connection that is open, in the middle of what it carries; answers how many
  close   the same, and new connections are refused until `open`
  open    accepts again, at the same port; answers 0
"""

import socket
import struct
import threading

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 s: the peer sees RST, not an orderly end


class Cutter:
    def __init__(self, port):
        self._server = ("127.0.0.1", port)
        self._lock = threading.Lock()
        self._pairs = set()
        self._listener = None
        self.port = self._listen(0)
        self._control = socket.create_server(("127.0.0.1", 0))
        self.control_port = self._control.getsockname()[1]
        threading.Thread(target=self._obey, daemon=True).start()

    def stop(self):
        self._control.close()
        self.close()

    def _listen(self, port):
        listener = socket.create_server(("127.0.0.1", port), backlog=256)
        with self._lock:
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener.getsockname()[1]

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return  # closed
            try:
                far = socket.create_connection(self._server, 10)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            pair = (near, far)
            for end in pair:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                live = self._listener is listener
                if live:
                    self._pairs.add(pair)
            if not live:  # accepted just before `close`
                self._break(pair)
                continue
            for source, sink in (pair, pair[::-1]):
                threading.Thread(target=self._pump, args=(source, sink, pair), daemon=True).start()

    def _pump(self, source, sink, pair):
        try:
            while data := source.recv(1 << 16):
                sink.sendall(data)
        except OSError:
            pass
        with self._lock:
            mine = pair in self._pairs
            self._pairs.discard(pair)
        if mine:
            self._break(pair, orderly=True)

    @staticmethod
    def _break(pair, orderly=False):
        for end in pair:
            try:
                if not orderly:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                # Wakes the pump that reads here; without it close() alone would not send anything.
                end.shutdown(socket.SHUT_RD if not orderly else socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def cut(self):
        """How many connections there were."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            self._break(pair)
        return len(pairs)

    def close(self):
        with self._lock:
            listener, self._listener = self._listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
            listener.close()
        return self.cut()

    def open(self):
        self._listen(self.port)
        return 0

    def _obey(self):
        commands = {"cut": self.cut, "close": self.close, "open": self.open}
        while True:
            try:
                connection, _ = self._control.accept()
            except OSError:
                return
            with connection, connection.makefile("rw") as lines:
                command = commands.get(lines.readline().strip())
                try:
                    lines.write(f"{command()}\n" if command else "no such command\n")
                except OSError as error:
                    lines.write(f"{error}\n")
