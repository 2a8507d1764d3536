"""A network that delivers every request twice: a way to use a nonce twice with unchanged clients."""

import socket
import socketserver
import threading


class Replay:
    """Forwards each request twice and answers with the second reply."""

    def __init__(self, target):
        host, port = target.split(":")
        self.target = (host, int(port))
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.endpoint = f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def _handler(self):
        replay = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                while request := read_message(self.rfile):
                    replay.exchange(request)
                    self.wfile.write(replay.exchange(request))

        return Handler

    def exchange(self, request):
        with socket.create_connection(self.target, timeout=10) as connection:
            connection.sendall(request)
            return read_message(connection.makefile("rb"))


def read_message(stream):
    """One HTTP message with a Content-Length or no body, as bytes; empty at the end of the stream."""
    head, length = b"", 0
    while line := stream.readline():
        head += line
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        if line == b"\r\n":
            break
    return head + stream.read(length) if head else b""
