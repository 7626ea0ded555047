"""A WebSocket client of the standard library alone: enough of RFC 6455 for text messages and the closing handshake."""
import base64
import json
import os
import socket
import struct


class WebSocket:
    def __init__(self, port, path, protocol=None, timeout=20, room=None):
        """`room`: so many bytes the kernel keeps of what is not read."""
        self.socket = socket.socket()
        if room:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)  # once it is connected it would be too late
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        self.close_code = None
        self.read_ahead = b""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        if protocol:
            lines.append(f"Sec-WebSocket-Protocol: {protocol}")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.some()
        head, self.read_ahead = head.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101"), head

    def some(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed without a closing frame")
        return data

    def exactly(self, size):
        while len(self.read_ahead) < size:
            self.read_ahead += self.some()
        out, self.read_ahead = self.read_ahead[:size], self.read_ahead[size:]
        return out

    def frame(self, opcode, payload):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | opcode]) + (bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack(">H", size))
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    def send(self, message):
        self.frame(1, json.dumps(message).encode())

    def receive(self):
        """The next message; None once the server has closed, with `close_code` set."""
        while True:
            first, second = self.exactly(2)
            size = second & 127
            if size == 126:
                size = struct.unpack(">H", self.exactly(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.exactly(8))[0]
            payload = self.exactly(size)
            opcode = first & 15
            if opcode == 8:
                self.close_code = struct.unpack(">H", payload[:2])[0] if size >= 2 else 1005
                self.frame(8, payload[:2])
                self.socket.close()
                return None
            if opcode == 9:
                self.frame(10, payload)
            elif opcode == 1:
                return json.loads(payload)


def subscribe(port, key, query):
    """A GraphQL subscription over graphql-transport-ws, acknowledged and under way."""
    ws = WebSocket(port, "/graphql", "graphql-transport-ws")
    ws.send({"type": "connection_init", "payload": {"authorization": f"Bearer {key}"}})
    answer = ws.receive()
    assert answer and answer["type"] == "connection_ack", answer
    ws.send({"id": "1", "type": "subscribe", "payload": {"query": query}})
    answer = ws.receive()
    assert answer and answer["type"] == "next" and "errors" not in answer["payload"], answer
    return ws
