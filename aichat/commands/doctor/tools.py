"""The doctor's checks of tools: the sandbox, and the configured servers without starting them."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from aichat.commands.doctor.finding import Finding
from aichat.disk.config import toml_file


def sandbox(folder: Path) -> Iterator[Finding]:
    """Whether a sandbox for a model's programs is available, and whether it is required."""
    from aichat.app.tools.local.sandbox import SandboxRule

    rule = SandboxRule(toml_file.load(folder).config.rules.get("sandbox", "auto"))
    if rule.refusal:
        said, remedy = rule.refusal, "install bubblewrap, or mend [rules] sandbox"
        yield Finding("sandbox", "fail", said, remedy, "config")
    elif rule.wrap is None and rule.setting != "off":
        said = "none for the programs that a model has run"
        yield Finding("sandbox", "note", said, "install bubblewrap")
    else:
        said = "programs that a model has run see no network and write below their root only"
        yield Finding("sandbox", "ok", said if rule.wrap else "off, as [rules] says")


def servers(folder: Path, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Each MCP server: whether its program exists, and its version is pinned."""
    config = toml_file.load(folder).config
    if not config.mcp:
        return
    from aichat.app.tools.mcp.server import configured_server  # rarely used

    for name, table in config.mcp.items():
        server = configured_server(name, table)
        if server.is_unpinned:
            said = f"{server.key} is fetched anew at each start, in whatever version there is"
            yield Finding(f"mcp {name}", "note", said, "name a version, as in package@1.2.3")
        elif server.command and not shutil.which(server.command[0], path=environ.get("PATH")):
            said = f"there is no program {server.command[0]}"
            yield Finding(f"mcp {name}", "note", said, f"install it, or mend [mcp.{name}]")
        else:
            yield Finding(f"mcp {name}", "ok", server.key)
