"""A client on Qpid Proton Python. What it is told and what it says is as in client.cpp."""

import sys
import uuid

from proton import (Array, Data, Delivery, Described, Message, UNDESCRIBED, byte, char, decimal32, decimal64, decimal128,
                    float32, int32, short, symbol, timestamp, ubyte, uint, ulong, ushort)
from proton.handlers import MessagingHandler
from proton.reactor import Container

# One value of each type of AMQP. A symbol alone is not among them: in a message's body, Hadron reads it as a string.
SAMPLES = {
    "null": None,
    "boolean": True,
    "ubyte": ubyte(200),
    "ushort": ushort(60000),
    "uint": uint(4000000000),
    "ulong": ulong(18000000000000000000),
    "byte": byte(-100),
    "short": short(-30000),
    "int": int32(-2000000000),
    "long": -9000000000000000000,
    "float": float32(0.5),
    "double": 0.1,
    "decimal32": decimal32(0x30800001),
    "decimal64": decimal64(0x3080000000000001),
    "decimal128": decimal128(bytes(range(16))),
    "char": char("\N{GRINNING FACE}"),
    "timestamp": timestamp(1234567890123),
    "uuid": uuid.UUID("01234567-89ab-cdef-0123-456789abcdef"),
    "binary": b"\x00\xff",
    "string": "\N{LATIN SMALL LETTER A WITH DIAERESIS} string",
    "list": [1, "two", 3.0, [], [[]]],
    "map": {"one": 1, 2: "two", symbol("three"): {}},
    "array": Array(UNDESCRIBED, Data.INT, int32(1), int32(-2), int32(300)),
    "symbols": Array(UNDESCRIBED, Data.SYMBOL, symbol("a"), symbol("b")),
    "described": Described(symbol("example:point"), [1, 2]),
}


class Client(MessagingHandler):
    def __init__(self, args):
        super().__init__(prefetch=0, auto_accept=False)
        self.args = args
        self.count = int(args.get("count", 1))
        self.sent = self.settled = self.first = self.received = self.bytes = 0
        self.outcomes = dict.fromkeys(("accepted", "rejected", "released", "modified"), 0)
        self.reply_to = None
        self.failed = False

    def fail(self, why):
        print("error", why)
        self.failed = True

    def on_start(self, event):
        a = self.args
        conn = event.container.connect(a["url"], user=a.get("user"), password=a.get("password"), allowed_mechs=a.get("mechs"),
                                       virtual_host=a.get("host"), reconnect=False)
        if a["do"] == "send":
            event.container.create_sender(conn, a["address"])
        elif a["do"] == "receive":
            event.container.create_receiver(conn, a["address"])
        elif a["do"] == "request":
            event.container.create_receiver(conn, dynamic=True)

    def on_link_opened(self, event):
        if not event.receiver:
            return
        if self.args["do"] == "request":
            self.reply_to = event.receiver.remote_source.address
            event.receiver.flow(1)
            event.container.create_sender(event.connection, self.args["address"])
        else:
            event.receiver.flow(self.count)

    def on_sendable(self, event):
        if self.args["do"] == "request":
            if self.sent == 0:
                event.sender.send(Message(body=SAMPLES, reply_to=self.reply_to, correlation_id="question"))
                self.sent = 1
            return
        while self.sent < self.count and event.sender.credit:
            body = bytes([ord("a") + self.sent % 26]) * int(self.args.get("size", 0))
            event.sender.send(Message(id=ulong(self.sent), properties={"n": int32(self.sent)}, body=body, inferred=True))
            self.sent += 1

    def on_accepted(self, event):
        self.outcome(event, "accepted")

    def on_rejected(self, event):
        self.outcome(event, "rejected")

    def on_released(self, event):  # and modified
        self.outcome(event, "modified" if event.delivery.remote_state == Delivery.MODIFIED else "released")

    def outcome(self, event, name):
        if self.args["do"] == "request":
            return
        self.outcomes[name] += 1
        self.settled += 1
        if self.settled == self.count:
            print(*(f"{name} {n}" for name, n in self.outcomes.items()))
            event.connection.close()

    def on_message(self, event):
        m = event.message
        if self.args["do"] == "request":
            self.answer(m)
            event.connection.close()
            return
        settle = self.args.get("settle", "accept")
        n = m.properties["n"]
        if self.received == 0:
            self.first = n
        if settle == "accept" and n != self.first + self.received:
            self.fail(f"message {n} in place of {self.first + self.received}")
        self.bytes += len(m.body)
        event.delivery.update({"accept": Delivery.ACCEPTED, "reject": Delivery.REJECTED, "release": Delivery.RELEASED,
                               "modify": Delivery.MODIFIED}[settle])
        if settle == "modify":
            event.delivery.local.failed = True
        event.delivery.settle()
        self.received += 1
        if self.received == self.count:
            print(f"received {self.received} bytes {self.bytes} count {m.delivery_count}")
            event.connection.close()

    def answer(self, m):
        if m.correlation_id != "question":
            self.fail("an answer to another question")
        for name, want in SAMPLES.items():
            have = m.body.get(name)
            if type(have) is not type(want) or have != want:
                self.fail(f"{name} came back as {have!r}")
        if len(m.body) != len(SAMPLES):
            self.fail("more came back than was sent")
        print("answered", len(m.body))

    def on_transport_error(self, event):
        self.fail(event.transport.condition)

    def on_connection_error(self, event):
        self.fail(event.connection.remote_condition)

    def on_link_error(self, event):
        self.fail(event.link.remote_condition)
        event.connection.close()


client = Client(dict(word.split("=", 1) for word in sys.argv[1:]))
Container(client).run()
sys.exit(client.failed)
