"""A small HTTP server on loopback, from which the module downloads what the cloud offers."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

__all__ = ["ImageServer"]


class ImageServer:
    """Serves images by name until it is closed; starts with the first call of ``add``."""

    def __init__(self) -> None:
        self.images: dict[str, bytes] = {}
        self._server: ThreadingHTTPServer | None = None
        self._lock = threading.Lock()

    def add(self, data: bytes, version: str) -> str:
        """Serve ``data``; returns its URL."""
        path = f"/{len(self.images)}/{quote(version, safe='')}.bin"
        self.images[path] = data
        with self._lock:
            if self._server is None:
                self._server = self._start()
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def close(self) -> None:
        """Stop; the port is free again."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def _start(self) -> ThreadingHTTPServer:
        images = self.images

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                data = images.get(self.path)
                if data is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/octet-stream")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, name="emulator images", daemon=True).start()
        return server
