"""An HTTP CONNECT proxy that ends TLS itself, for clients that know only port 443 with TLS.

What `near.hark.test` and `far.hark.test` are asked for goes, as plain HTTP/2, to two local ports: this is also
how a TLS terminator stands in front of hark. No name is looked up, and no privileged port is needed.
"""

import asyncio
import os
import ssl
import subprocess
import threading

NEAR, FAR = "near.hark.test", "far.hark.test"


def make_certificate(folder):
    """(certificate, key) of both names, made once; only files of `folder` are trusted by it or trust it."""
    certificate, key = os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
    if not os.path.exists(certificate):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "3650", "-subj", "/CN=hark.test", "-addext", f"subjectAltName=DNS:{NEAR},DNS:{FAR}",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


class Tunnel:
    """Serves on `port` until `stop()`, in a thread of its own."""

    def __init__(self, certificate, key, near_port, far_port):
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self._tls.set_alpn_protocols(["h2"])
        self._targets = {f"{NEAR}:443": near_port, f"{FAR}:443": far_port}
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        threading.Thread(target=self._run, args=(started,), daemon=True).start()
        started.wait()

    def _run(self, started):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _serve(self, reader, writer):
        far_writer = None
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            method, target = request.decode("latin-1").split()[:2]
            port = self._targets.get(target) if method == "CONNECT" else None
            if port is None:
                writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await writer.drain()
            await writer.start_tls(self._tls)
            ways = {asyncio.create_task(self._pump(reader, far_writer)),
                    asyncio.create_task(self._pump(far_reader, writer))}
            _, other = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in other:
                way.cancel()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for end in (writer, far_writer):
                if end:
                    end.transport.abort()

    @staticmethod
    async def _pump(reader, writer):
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
