"""A mail server, aiosmtpd, which its parent stops and starts. It takes lines `start` and `stop`, and prints JSON: each is
answered once it is done, with `{"port"}` and `{"stopped"}`, and each mail that arrives is a line of its own."""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP


def say(what):
    print(json.dumps(what), flush=True)


class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
        say({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "kind": mail.get_content_type(),
            "parts": parts,
            "defects": [repr(defect) for part in mail.walk() for defect in part.defects],
        })
        return "250 taken"


class Server:
    """Connections end with it, as they do with a machine."""

    def __init__(self):
        self.port = 0
        self.listening = None
        self.connections = set()

    def connection(self):
        protocol = SMTP(Mailbox(), hostname="mail.test", enable_SMTPUTF8=True, loop=asyncio.get_running_loop())
        self.connections.add(protocol)
        return protocol

    async def start(self):
        self.listening = await asyncio.get_running_loop().create_server(self.connection, "127.0.0.1", self.port)
        self.port = self.listening.sockets[0].getsockname()[1]
        say({"port": self.port})

    async def stop(self):
        self.listening.close()
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.abort()
        self.connections.clear()
        say({"stopped": True})


async def main():
    server = Server()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async for line in lines:
        await {b"start": server.start, b"stop": server.stop}[line.strip()]()


asyncio.run(main())
