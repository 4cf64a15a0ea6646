"""A mail server that answers a message with the bytes that it is given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class MailServer:
    """What came in, and what goes back."""

    answer: bytes = b"250 ok"
    """To a message, without the line's end."""
    got: list[tuple[bytes, bytes]] = field(default_factory=list)
    """`RCPT TO` line and content of each message."""
    port: int = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        recipient = b""
        while line := await reader.readline():
            command = line[:4].upper()
            if command == b"RCPT":
                recipient = line.strip()
            if command == b"DATA":
                writer.write(b"354 go on\r\n")
                self.got.append((recipient, await reader.readuntil(b"\r\n.\r\n")))
                writer.write(self.answer + b"\r\n")
            else:
                writer.write(b"221 bye\r\n" if command == b"QUIT" else b"250 ok\r\n")
            await writer.drain()
        writer.close()


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    """A mail server on a free port."""
    made = MailServer()
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
