"""A local HTTP server that serves files under GEO's paths and misbehaves on demand.

    with serve({"/series/x.gz": b"..."}, faults={"/series/x.gz": [{"status": 503}]}) as server: server.base

Each request for a path takes the next fault of its list; when the list is empty the file is served properly. A fault
is a mapping; its keys may be combined:

    status      answer with this status and no file         headers    further headers of the answer
    cut         close after this fraction of the bytes       stall      sleep this many seconds before the body
    body        serve these bytes (or text) instead          type       Content-Type
    redirect    answer 302 to this address                   no_length  no Content-Length; end by closing
    pace        seconds to sleep between blocks of 64 kB     repeat     True: keep this fault for all later requests
"""

import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        with server.lock:
            faults = server.faults.get(self.path, [])
            fault = (faults[0] if faults[0].get("repeat") else faults.pop(0)) if faults else {}
            entry = {"method": self.command, "path": self.path, "sent": 0}
            server.requests.append(entry)
            server.active.append(entry)
            server.most = max(server.most, len(server.active))
        try:
            self.answer(fault, entry)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            server.leave(entry)

    do_HEAD = do_GET

    def answer(self, fault, entry):
        body = fault.get("body", self.server.files.get(self.path))
        body = body.encode() if isinstance(body, str) else body
        status, headers = fault.get("status", 200), dict(fault.get("headers", {}))
        if "redirect" in fault:
            status, headers["Location"] = 302, fault["redirect"]
        elif "status" not in fault and body is None:
            status = 404
        if status != 200:
            self.start(status, headers, entry, 0)
            return
        headers["Content-Type"] = fault.get("type", "application/octet-stream")
        size = len(body)
        time.sleep(fault.get("stall", 0))
        self.start(status, headers, entry, None if fault.get("no_length") else len(body))
        if self.command == "HEAD":
            return
        if "cut" in fault:
            body = body[: int(fault["cut"] * size)]
        for position in range(0, len(body), 1 << 16):
            time.sleep(fault.get("pace", 0))
            block = body[position : position + (1 << 16)]
            entry["sent"] += len(block)
            if position + len(block) == len(body):
                self.server.leave(entry)  # before the client can know that this was all
            self.wfile.write(block)
        self.close_connection = self.close_connection or "cut" in fault

    def start(self, status, headers, entry, length):
        entry["status"] = status
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if length is None:
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, files, faults):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.faults, self.requests = files, dict(faults or {}), []
        self.lock, self.active, self.most = threading.Lock(), [], 0
        self.base = f"http://127.0.0.1:{self.server_port}"

    def leave(self, entry):
        """A request is answered: it is no longer one of those that run at the same time."""
        with self.lock:
            self.active = [other for other in self.active if other is not entry]

    @property
    def sent(self):
        """Bytes of files sent so far."""
        return sum(entry["sent"] for entry in self.requests)


@contextlib.contextmanager
def serve(files, faults=None):
    """Serve a mapping of paths to bytes while the block runs."""
    server = Server(files, faults)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port():
    """An address on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
