"""A target for the demo: fails one minute in five, or on request."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def status(path: str, now: float) -> int:
    if path == "/up":
        return 200
    if path == "/down":
        return 503
    return 503 if int(now // 60) % 5 == 4 else 200


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(3)
        code = status(self.path, time.time())
        body = b"ok\n" if code == 200 else b"out of order\n"
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
