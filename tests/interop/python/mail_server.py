"""A mail server, aiosmtpd, which its parent stops and starts. It takes lines `start`, `stop` and `hang-up`, after which it
takes a mail and hangs up before it says so. It prints JSON: a line for each of these once it is done, and one for each mail
that arrives."""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP


def say(what):
    print(json.dumps(what), flush=True)


class Mailbox:
    hangs_up = False

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
        if self.hangs_up:
            self.hangs_up = False
            server.transport.abort()
        return "250 taken"


class Server:
    """Connections end with it, as they do with a machine."""

    def __init__(self):
        self.mailbox = Mailbox()
        self.port = 0
        self.listening = None
        self.connections = set()

    def connection(self):
        protocol = SMTP(self.mailbox, hostname="mail.test", enable_SMTPUTF8=True, loop=asyncio.get_running_loop())
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

    async def hang_up(self):
        self.mailbox.hangs_up = True
        say({"hangs_up": True})


async def main():
    server = Server()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async for line in lines:
        await {b"start": server.start, b"stop": server.stop, b"hang-up": server.hang_up}[line.strip()]()


asyncio.run(main())
