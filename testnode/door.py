"""The tailnet's door on a test node: forwards TCP connections from the node itself, as `tailscale serve` does.

Runs in the node's network namespace, since that is where tailscaled runs on a real host: what the ingress controller
sees comes from its own node. TLS, host names and identity headers are Tailscale's part and stay unproven here.
"""

from __future__ import annotations

import asyncio
import sys

from infra.console import result

CHUNK = 65536


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # the other direction ends with it
    finally:
        writer.close()


async def serve(listen: tuple[str, int], target: tuple[str, int]) -> None:
    """Forward every connection to `listen` on to `target`, until the process ends; says where it listens.

    Port 0 takes any free one.
    """

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))

    server = await asyncio.start_server(forward, *listen)
    host, port = server.sockets[0].getsockname()
    result(f"{host}:{port}")
    await server.serve_forever()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


if __name__ == "__main__":
    asyncio.run(serve(_address(sys.argv[1]), _address(sys.argv[2])))
