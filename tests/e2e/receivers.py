"""Programs at the other end: an HTTP server that is told what to answer, a door that only counts, a mail server. Standard library only."""
import http.server
import socket
import socketserver
import threading


class Hook:
    """An HTTP server on loopback. `answers`: statuses, (status, headers) or "hang", used up one a request; then 200."""

    def __init__(self, answers=()):
        self.answers, self.requests, self.lock, self.leave = list(answers), [], threading.Lock(), threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with outer.lock:
                    outer.requests.append((self.path, dict(self.headers), body))
                    answer = outer.answers.pop(0) if outer.answers else 200
                if answer == "hang":
                    outer.leave.wait(60)
                    return
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def taken(self):
        with self.lock:
            return list(self.requests)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.leave.set()
        self.server.shutdown()
        self.server.server_close()


class Door:
    """Listens at every loopback address that there is, IPv6 too, and counts who comes."""

    def __init__(self):
        self.count, self.sockets = 0, []
        first = socket.create_server(("0.0.0.0", 0))
        self.port = first.getsockname()[1]
        self.sockets.append(first)
        second = socket.socket(socket.AF_INET6)
        second.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        second.bind(("::", self.port))
        second.listen()
        self.sockets.append(second)
        for listener in self.sockets:
            threading.Thread(target=self.watch, args=(listener,), daemon=True).start()

    def watch(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.count += 1
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for listener in self.sockets:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


class MailServer:
    """Enough of SMTP to take mail, or to refuse it: `answers` to RCPT, used up one a mail; then 250."""

    def __init__(self, answers=()):
        self.answers, self.mails, outer = list(answers), [], self

        class Session(socketserver.StreamRequestHandler):
            def say(self, line):
                self.wfile.write((line + "\r\n").encode())

            def handle(self):
                self.say("220 test")
                sender, to = None, []
                for line in iter(self.rfile.readline, b""):
                    verb = line.decode().strip()
                    if verb.upper().startswith("EHLO"):
                        self.say("250-test\r\n250 8BITMIME")
                    elif verb.upper().startswith("MAIL FROM:"):
                        sender, to = verb[10:].split()[0].strip("<>"), []
                        self.say("250 ok")
                    elif verb.upper().startswith("RCPT TO:"):
                        answer = outer.answers.pop(0) if outer.answers else 250
                        to += [verb[8:].strip("<>")] if answer == 250 else []
                        self.say(f"{answer} so be it")
                    elif verb.upper() == "DATA":
                        self.say("354 go on")
                        text = b""
                        while not text.endswith(b"\r\n.\r\n"):
                            text += self.rfile.readline()
                        outer.mails.append((sender, to, text[:-5]))
                        self.say("250 taken")
                    elif verb.upper() == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 ok")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.server.daemon_threads = True
        self.url = f"smtp://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
