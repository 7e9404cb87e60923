#!/usr/bin/env python3
"""Plays transcripts against a running server, over each transport whose URL is given.

    run_transcripts.py --ws ws://127.0.0.1:9001/ --tcp tcp://127.0.0.1:9002 tests/transcripts

Needs Debian's python3-websockets for ws and wss. What needs a controlled clock, or functions or settings that the server is not said to
have (--has, --option), is skipped. The last line is "N passed, N failed, N skipped"; the exit code is 1 when anything failed.
"""

import argparse
import asyncio
import contextlib
import json
import pathlib
import secrets
import socket
import ssl
import struct
import sys
import time
from urllib.parse import urlsplit

from matcher import Failure, Matcher
from transcript import parse

PATIENCE_SECONDS = 10


class Closed:
    """The end of a connection, in place of a message."""

    def __init__(self, code=None):
        self.code = code


class Connection:
    """Reads whole messages (bytes) into an inbox; steps take them from there."""

    def __init__(self, name):
        self.name, self.arriving, self.passed_over, self.syncs = name, asyncio.Queue(), [], 0
        self.reading = None

    def start(self):
        self.reading = asyncio.create_task(self.read_all())
        return self

    async def read_all(self):
        while True:
            message = await self.read()
            self.arriving.put_nowait(message)
            if isinstance(message, Closed):
                return

    async def next(self):
        try:
            return await asyncio.wait_for(self.arriving.get(), PATIENCE_SECONDS)
        except asyncio.TimeoutError:
            raise Failure(f"no message came to {self.name} within {PATIENCE_SECONDS} s") from None

    async def take(self):
        return self.passed_over.pop(0) if self.passed_over else await self.next()

    async def sync(self):
        self.syncs += 1
        u = f"sync-{self.syncs}"
        await self.send(json.dumps({"role": "rpc", "u": u, "cmds": [{"name": "sync", "fun": "ping"}]}))
        while True:
            message = await self.next()
            if isinstance(message, Closed):
                raise Failure(f"{self.name} was closed ({message.code}) while it waited for the answer to ping; before came {self.passed_over}")
            with contextlib.suppress(ValueError):
                answer = json.loads(message)
                if isinstance(answer, dict) and answer.get("u") == u:
                    return
            self.passed_over.append(message)

    async def dispose(self):
        self.cut()
        await self.reading


class WebSocketConnection(Connection):
    @classmethod
    async def open(cls, name, url, tls, headers):
        """The connection and 101, or None and the HTTP status of the refusal."""
        import websockets

        self = cls(name)
        try:
            self.socket = await websockets.connect(
                url, extra_headers=headers, max_size=None, ping_interval=None, compression=None, ssl=tls if url.startswith("wss") else None)
        except websockets.InvalidStatusCode as refusal:
            return None, refusal.status_code
        return self.start(), 101

    async def read(self):
        import websockets

        try:
            message = await self.socket.recv()
            return message.encode() if isinstance(message, str) else message
        except websockets.ConnectionClosed as closed:
            return Closed(closed.rcvd.code if closed.rcvd else None)

    async def send(self, text):
        import websockets

        with contextlib.suppress(websockets.ConnectionClosed):  # what the server said before is in the inbox
            await self.socket.send(text)

    send_bytes = send

    def on_the_wire(self, message):
        return message

    async def close(self):
        await self.socket.close()

    def cut(self):
        self.socket.transport.abort()


class TcpConnection(Connection):
    @classmethod
    async def open(cls, name, url, tls, headers):
        self, address = cls(name), urlsplit(url)
        self.reader, self.writer = await asyncio.open_connection(
            address.hostname, address.port, ssl=tls if url.startswith("tcps") else None, server_hostname=address.hostname if url.startswith("tcps") else None)
        self.writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.start(), 101

    async def read(self):
        try:
            (length,) = struct.unpack(">I", await self.reader.readexactly(4))
            return await self.reader.readexactly(length)
        except (asyncio.IncompleteReadError, OSError):
            return Closed()

    async def send(self, text):
        data = text.encode()
        await self.send_bytes(struct.pack(">I", len(data)) + data)

    async def send_bytes(self, data):
        with contextlib.suppress(OSError):  # what the server said before is in the inbox
            self.writer.write(data)
            await self.writer.drain()

    def on_the_wire(self, message):
        return struct.pack(">I", len(message)) + message

    async def close(self):
        if self.writer.can_write_eof():
            self.writer.write_eof()
        else:
            self.writer.close()
        await asyncio.wait_for(self.reading, PATIENCE_SECONDS)

    def cut(self):
        self.writer.transport.abort()


class Runner:
    def __init__(self, urls, tls, transport):
        self.urls, self.tls, self.transport = urls, tls, transport
        self.connections, self.matcher = {}, Matcher()

    async def run(self, transcript):
        line = 0
        try:
            for name, own in transcript.connections:
                await self.connect(name, own, [], None)
            for step in transcript.steps:
                line = step.line
                await self.play(step)
            line = "end"
            await self.nothing(list(self.connections))
        except Failure as failure:
            raise Failure(f"{transcript.name}.txt:{line} over {self.transport}: {failure}") from failure
        finally:
            for connection in self.connections.values():
                await connection.dispose()

    async def play(self, step):
        kind, value = step.kind, step.value
        if kind == "send":
            await self.of(step).send(self.matcher.substitute(value))
        elif kind == "send_bytes":
            await self.of(step).send_bytes(value)
        elif kind in ("expect", "skip_to"):
            await self.expect(step)
        elif kind == "expect_bytes":
            await self.expect_bytes(step)
        elif kind == "any_order":
            await self.any_order(step)
        elif kind == "eventually":
            await self.eventually(step)
        elif kind == "sync":
            for name in value:
                await self.connection(name).sync()
        elif kind == "nothing":
            await self.nothing(value)
        elif kind == "closed":
            await self.closed(step)
        elif kind == "connect":
            await self.connect(step.connection, *value)
        else:
            connection = self.of(step)
            del self.connections[step.connection]
            if kind == "close":
                await connection.close()
            await connection.dispose()

    def of(self, step):
        return self.connection(step.connection)

    def connection(self, name):
        if name not in self.connections:
            raise Failure(f"{name} is not connected")
        return self.connections[name]

    async def take(self, name):
        message = await self.connection(name).take()
        if isinstance(message, Closed):
            raise Failure(f"{name} was closed ({message.code})")
        return message

    async def expect(self, step):
        while True:
            message = await self.take(step.connection)
            before = dict(self.matcher.bound)
            mismatch = self.matcher.mismatch(step.value, as_json(message))
            if mismatch is None:
                return
            self.matcher.bound = before
            if step.kind == "expect":
                raise Failure(f"{mismatch}\n  {step.connection} got {message.decode(errors='replace')}")

    async def expect_bytes(self, step):
        actual = b""
        while len(actual) < len(step.value):
            actual += self.of(step).on_the_wire(await self.take(step.connection))
        if actual != step.value:
            raise Failure(f"expected the bytes {step.value.hex()}, {step.connection} got {actual.hex()}")

    async def any_order(self, step):
        for name in dict.fromkeys(expect.connection for expect in step.steps):
            patterns = [expect.value for expect in step.steps if expect.connection == name]
            mismatch = self.matcher.mismatch_unordered(patterns, [as_json(await self.take(name)) for _ in patterns])
            if mismatch:
                raise Failure(f"{name}, in any order: {mismatch}")

    async def eventually(self, block):
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            before = dict(self.matcher.bound)
            try:
                for step in block.steps:
                    await self.play(step)
                return
            except Failure:
                if time.monotonic() > until:
                    raise
                self.matcher.bound = before

    async def nothing(self, names):
        for name in names:
            await self.connection(name).sync()
        for name in names:
            if left := self.connection(name).passed_over:
                raise Failure(f"expected nothing, {name} got {left[0].decode(errors='replace')}")

    async def closed(self, step):
        connection = self.of(step)
        message = await connection.take()
        if not isinstance(message, Closed):
            raise Failure(f"expected {step.connection} to be closed, it got {message.decode(errors='replace')}")
        if step.value and isinstance(connection, WebSocketConnection) and message.code != step.value:
            raise Failure(f"expected {step.connection} to be closed with {step.value}, it was with {message.code}")
        del self.connections[step.connection]
        await connection.dispose()

    async def connect(self, name, own, headers, refused):
        if name in self.connections:
            raise Failure(f"{name} is connected already")
        transport = own or self.transport
        if transport not in self.urls and transport + "s" in self.urls:
            transport += "s"
        kind = TcpConnection if transport.startswith("tcp") else WebSocketConnection
        connection, status = await kind.open(name, self.urls[transport], self.tls, headers)
        if connection:
            self.connections[name] = connection
        if status != (refused or 101):
            raise Failure(f"expected {name} to get HTTP {refused or 101}, it got {status}")


def as_json(message):
    try:
        return json.loads(message)
    except ValueError as error:
        raise Failure(f"this is not JSON: {error}\n  got {message!r}") from None


def transports_of(transcript, urls):
    if "mixed" in transcript.transports:
        return ["mixed"] if any(t.startswith("ws") for t in urls) and any(t.startswith("tcp") for t in urls) else []
    return [t for t in urls if t[:2] in [allowed[:2] for allowed in transcript.transports]]


def lacking(transcript, args):
    missing = sorted(transcript.needs - set(args.has))
    return missing + [f"{k}={v}" for k, v in transcript.options.items() if f"{k}={v}" not in args.option]


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for transport in ("ws", "wss", "tcp", "tcps"):
        parser.add_argument(f"--{transport}", metavar="URL")
    parser.add_argument("--ca", metavar="FILE", help="certificates that wss and tcps are checked against")
    parser.add_argument("--insecure", action="store_true", help="do not check certificates")
    parser.add_argument("--has", action="append", default=[], choices=["functions"], help="what the server has beside its own")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="a setting that the server has")
    parser.add_argument("paths", nargs="+", help="transcripts, or folders of them")
    args = parser.parse_args()
    tls = ssl.create_default_context(cafile=args.ca)
    if args.insecure:
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    urls = {t: getattr(args, t) for t in ("ws", "wss", "tcp", "tcps") if getattr(args, t)}
    files = [f for p in map(pathlib.Path, args.paths) for f in (sorted(p.rglob("*.txt")) if p.is_dir() else [p])]
    passed = failed = skipped = 0
    for file in files:
        text = file.read_text("utf-8")
        transcript = parse(file.stem, text)
        runs = transports_of(transcript, urls)
        if lack := lacking(transcript, args):
            skipped += max(len(runs), 1)
            print(f"skipped {file.stem}: needs {', '.join(lack)}")
            continue
        for transport in runs:
            try:
                await Runner(urls, tls, transport).run(parse(file.stem, text, "-" + secrets.token_hex(3)))
                passed += 1
            except (Failure, OSError) as failure:
                failed += 1
                print(f"FAILED {failure}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
