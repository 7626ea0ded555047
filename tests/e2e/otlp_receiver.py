"""A small OpenTelemetry collector: OTLP over HTTP in JSON on a loopback port; keeps the spans it was sent."""
import http.server
import json
import threading
import time


class Receiver:
    """`answer` is the status of every answer; `spans` are dicts as they came, with `resource` added."""

    def __init__(self):
        self.spans, self.requests, self.headers = [], [], []
        self.answer = 200
        self.changed = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(self.path, dict(self.headers), body)
                self.send_response(receiver.answer)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def take(self, path, headers, body):
        document = json.loads(body)
        with self.changed:
            self.requests.append(path)
            self.headers.append(headers)
            if self.answer == 200:
                for resource in document["resourceSpans"]:
                    about = {a["key"]: a["value"]["stringValue"] for a in resource["resource"]["attributes"]}
                    for scope in resource["scopeSpans"]:
                        self.spans += [{**span, "resource": about} for span in scope["spans"]]
            self.changed.notify_all()

    def wait_for(self, found, wait_s=30):
        """What `found(spans)` gives once it gives something."""
        give_up = time.monotonic() + wait_s
        with self.changed:
            while True:
                result = found(self.spans)
                if result:
                    return result
                left = give_up - time.monotonic()
                assert left > 0, f"not seen within {wait_s} s; spans: {[s['name'] for s in self.spans]}"
                self.changed.wait(left)

    def trace(self, trace_id):
        return [s for s in self.spans if s["traceId"] == trace_id]

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def attributes(span):
    """{name: value} of a span, numbers as numbers."""
    out = {}
    for a in span.get("attributes", []):
        (kind, value), = a["value"].items()
        out[a["key"]] = int(value) if kind == "intValue" else value
    return out
