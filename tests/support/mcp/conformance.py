"""The client for the official conformance suite: our own connection, in the suite's scenarios.

The suite appends the URL of its server, and names the scenario in the environment.
"""

import json
import os
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from aichat.app.tools.mcp.connection import McpRefusedError, ServerLink
from aichat.app.tools.mcp.oauth.login import LoginDesk, log_in
from aichat.app.tools.mcp.server import McpServer
from aichat.app.tools.mcp.streamable import McpAuthError
from aichat.app.tools.source import CallControl
from tests.support.mcp.links import world_in
from tests.support.mcp.login_server import browse

#: Sample arguments by type, for the schemas of the tools to call.
_SAMPLES = {"string": "text", "number": 2, "integer": 2, "boolean": True, "array": [], "object": {}}

#: A tool whose argument is the schema of another, unchanged.
_ECHO = "json_schema_echo"


#: The URL that identifies the client in the suite.
_CLIENT_URL = "https://conformance-test.local/client-metadata.json"

#: The most logins to try, in case a server accepts none.
_MOST_LOGINS = 3


def main(url: str) -> int:
    """List the tools and call each of them, logging in if required."""
    context = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
    world = world_in(Path(mkdtemp()), SECRET=context.get("client_secret", ""))
    client = {"client_id": context.get("client_id", _CLIENT_URL), "client_secret_env": "SECRET"}
    server = McpServer("suite", url=url, client=client)
    for _ in range(_MOST_LOGINS):
        try:
            return use(ServerLink(world, server, print), context)
        except McpAuthError as wanted:
            log_in(LoginDesk(world, browse, seconds=20), server, wanted.challenge)
    return use(ServerLink(world, server, print), context)


def use(link: ServerLink, context: dict[str, Any]) -> int:
    """Do what a scenario checks."""
    try:
        tools = link.tools()
        for tool in tools:
            given = {
                name: _SAMPLES.get(schema.get("type", "string"), "text")
                for name, schema in (tool.schema or {}).get("properties", {}).items()
            }
            if tool.name == _ECHO:
                given["schema"] = tools[0].whole["inputSchema"]
            for call in context.get("toolCalls", [{"name": tool.name, "arguments": given}]):
                if call["name"] == tool.name:
                    try:
                        print(link.call(tool, call.get("arguments", {}), CallControl()))
                    except McpRefusedError as refused:
                        print(refused)
    finally:
        link.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[-1]))
