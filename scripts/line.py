"""A bad line between an office and its province, for scripts/demo.

    line.py PORT        listens on a free loopback port, says `line PORT`, and passes everything on to PORT

It is told what to do on standard input, one word a line, and says `ok WORD` when it has done it:

    cut          every connection is gone and no new one is accepted
    mend         connections are accepted again
    hold BYTES   a frame of BYTES or more from the office stays under way, with all that follows on its
                 connection, even when the office hangs up; says `held LENGTH` each time
    pass         new connections are not held up; says `passed LENGTH` for frames that would have been held
    release      what was held arrives

It sees lengths and nothing else: what it carries is encrypted. Ends with its standard input.
"""

import asyncio
import os
import sys

GREETING = 64  # bytes before the first frame of ZMTP 3


def say(*words):
    print(*words, flush=True)


async def frames(reader):
    """What the office sends, cut at the frames' ends; the greeting in the pieces in which it comes."""
    left = GREETING
    while left > 0:
        piece = await reader.read(left)
        if not piece:
            return
        left -= len(piece)
        yield piece
    while True:
        head = await reader.readexactly(1)
        size = await reader.readexactly(8 if head[0] & 2 else 1)
        yield head + size + await reader.readexactly(int.from_bytes(size, "big"))


class Line:
    def __init__(self, port):
        self.port = port
        self.server = None
        self.own_port = 0
        self.hold_bytes = 0
        self.holding = False
        self.released = asyncio.Event()
        self.writers = set()

    async def mend(self):
        if self.server is None:
            self.server = await asyncio.start_server(self.carry, "127.0.0.1", self.own_port)
            self.own_port = self.server.sockets[0].getsockname()[1]

    async def cut(self):
        if self.server is not None:
            self.server.close()
            self.server = None
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()

    def hold(self, size):
        self.hold_bytes = size
        self.holding = True
        self.released = asyncio.Event()

    def release(self):
        self.holding = False
        self.released.set()

    async def carry(self, reader, writer):
        self.writers.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            self.writers.discard(writer)
            return
        if writer not in self.writers or self.server is None:  # cut meanwhile
            writer.transport.abort()
            far_writer.transport.abort()
            return
        self.writers.add(far_writer)
        back = asyncio.ensure_future(self.down(far_reader, writer))
        try:
            await self.up(reader, far_writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        far_writer.close()
        await back
        self.writers -= {writer, far_writer}

    async def up(self, reader, far_writer):
        held = None
        async for frame in frames(reader):
            large = 0 < self.hold_bytes <= len(frame)
            if large and self.holding and held is None:
                say("held", len(frame))
                held = self.released
                await held.wait()
            elif large:
                say("passed", len(frame))
            far_writer.write(frame)
            await far_writer.drain()

    async def down(self, far_reader, writer):
        try:
            while data := await far_reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            while await far_reader.read(65536):  # nobody listens any more
                pass
        writer.close()


async def obey(line, words):
    if words[0] == "cut":
        await line.cut()
    elif words[0] == "mend":
        await line.mend()
    elif words[0] == "hold":
        line.hold(int(words[1]))
    elif words[0] == "pass":
        line.holding = False
    elif words[0] == "release":
        line.release()
    else:
        raise ValueError(words[0])
    say("ok", words[0])


async def main():
    line = Line(int(sys.argv[1]))
    await line.mend()
    say("line", line.own_port)
    told = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(told), sys.stdin
    )
    while text := await told.readline():
        if text.split():
            await obey(line, text.decode().split())
    await line.cut()
    sys.stdout.flush()
    os._exit(0)  # what was carried may end in mid-word


if __name__ == "__main__":
    asyncio.run(main())
