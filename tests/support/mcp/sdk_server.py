"""A server with the official Python SDK, run by a Python that has it: ``sdk_server.py [PORT]``.

With a port it is served over HTTP, else by its pipes. ``slow`` marks a file when it is cancelled.
"""

import sys
from pathlib import Path

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context, Image

app = MCPServer("sdk")


@app.tool()
def echo(text: str) -> str:
    """Says it again."""
    return text


@app.tool()
def fails() -> str:
    """Never works."""
    raise ValueError("on purpose")


@app.tool()
def picture() -> Image:
    """A picture."""
    return Image(data=b"\x89PNG\r\n\x1a\n", format="png")


@app.tool()
async def counts(to: int, ctx: Context) -> str:
    """Counts, and says so."""
    for number in range(1, to + 1):
        await ctx.report_progress(number, to)
    return str(to)


@app.tool()
async def slow(mark: str, ctx: Context) -> str:
    """Takes long; the file ``mark`` says how it goes on."""
    Path(mark).write_text("begun")
    try:
        await anyio.sleep(600)
    except anyio.get_cancelled_exc_class():
        Path(mark).write_text("cancelled")
        raise
    return "done"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        app.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        app.run()
