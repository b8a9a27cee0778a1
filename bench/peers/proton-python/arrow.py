"""arrow: messages one way on Qpid Proton's Python binding, for measuring side by side with Hadron's program of the same name.

    arrow.py send|receive connect|listen HOST PORT ADDRESS COUNT BODY_BYTES CREDIT [settled]

COUNT messages (message-id ulong, one data section of BODY_BYTES) are sent or received. The last line is JSON with the rate.
"""
import json
import sys
import time

from proton import Message
from proton.handlers import MessagingHandler
from proton.reactor import AtLeastOnce, AtMostOnce, Container


class Pump(MessagingHandler):
    """What the two roles share: the clock, the figure, and how it all ends."""

    def __init__(self, role, side, host, port, address, count, body, credit, settled=""):
        super().__init__(prefetch=int(credit))
        self.role, self.listens, self.url, self.address = role, side == "listen", f"{host}:{port}", address
        self.count, self.body, self.settled = int(count), int(body), settled == "settled"
        self.listener = self.began = None
        self.finished = False

    def on_start(self, event):
        if self.listens:
            self.listener = event.container.listen(self.url)
        else:
            self.open_link(event.container, event.container.connect(self.url, reconnect=False, allowed_mechs="ANONYMOUS"))

    def on_transport_error(self, event):
        if not self.finished:
            sys.exit(f"{event.transport.condition}")

    def on_connection_closed(self, event):
        if self.listener:
            self.listener.close()

    def finish(self):
        seconds = time.monotonic() - self.began
        self.finished = True
        print(json.dumps({"peer": "proton-python", "role": self.role, "count": self.count, "seconds": round(seconds, 4),
                          "rate": round(self.count / seconds)}), flush=True)


class Sending(Pump):
    """Sends as much as there is credit for. When messages are settled, the receiver closes: what is on its way must not be cut off."""

    def __init__(self, *args):
        super().__init__(*args)
        self.sent = self.outcomes = 0
        self.payload = b"x" * self.body

    def open_link(self, container, connection):
        container.create_sender(connection, self.address, options=AtMostOnce() if self.settled else AtLeastOnce())

    def on_sendable(self, event):
        self.began = self.began or time.monotonic()
        while self.sent < self.count and event.sender.credit:
            self.sent += 1
            event.sender.send(Message(id=self.sent, body=self.payload, inferred=True))
        if self.settled and self.sent == self.count and not self.finished:
            self.finish()

    def on_accepted(self, event):
        self.outcomes += 1
        if self.outcomes == self.count:
            self.finish()
            event.connection.close()

    def on_rejected(self, event):
        sys.exit("a message was not accepted")

    on_released = on_rejected


class Receiving(Pump):
    """Accepts each message, as the handler does by itself."""

    def __init__(self, *args):
        super().__init__(*args)
        self.received = 0

    def open_link(self, container, connection):
        container.create_receiver(connection, self.address)

    def on_message(self, event):
        self.began = self.began or time.monotonic()
        if len(event.message.body) != self.body:
            sys.exit(f"a body of {len(event.message.body)} bytes")
        self.received += 1
        if self.received == self.count:
            self.finish()
            event.connection.close()


role = sys.argv[1]
Container((Sending if role == "send" else Receiving)(*sys.argv[1:])).run()
