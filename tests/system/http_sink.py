"""An HTTP server that keeps what it is sent and answers as a test wants it to."""

import http.server
import threading

from harness import LIMIT


class Sink:
    """`answer` is the status of every answer, or a function of the raw socket that gives one."""

    def __init__(self, answer=200, body=b"{}", tls=None):
        self.answer, self.body = answer, body
        self._requests = []
        self._news = threading.Condition()
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with sink._news:
                    sink._requests.append((self.path, self.headers, body))
                    sink._news.notify_all()
                if callable(sink.answer):
                    sink.answer(self.connection)
                    self.close_connection = True
                    return
                self.send_response(sink.answer)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sink.body)))
                self.end_headers()
                self.wfile.write(sink.body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def url(self):
        host = "localhost" if self._scheme == "https" else "127.0.0.1"
        return f"{self._scheme}://{host}:{self._server.server_address[1]}"

    @property
    def requests(self):
        """Path, headers and body of each."""
        with self._news:
            return list(self._requests)

    def wait_requests(self, number):
        with self._news:
            assert self._news.wait_for(lambda: len(self._requests) >= number, LIMIT), self._requests
            return list(self._requests)

    def end(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
