"""Servers for several models: their replies, and how to ask them."""

from tests.support.answering.server import ScriptedReply, Server, chat_error
from tests.support.running.program import Program

BROKEN = chat_error(500, "out of order", "server_error")


def configure_boxes(aichat: Program, server: Server, *replies: ScriptedReply | None) -> None:
    """Configure custom servers ``a``, ``b``, ... with a model each, and their replies."""
    tables = []
    for name, reply in zip("abcdef", replies, strict=False):
        if reply:
            server.routes[f"/{name}"] = reply
        url = f"{server.url}/{name}/v1"
        tables.append(f'[providers.{name}]\nbase_url = "{url}"\nmodels = ["m-{name}"]\n')
    aichat.write_config("".join(tables))


def ask_words(*names: str) -> list[str]:
    """The options that ask these servers."""
    models = [word for name in names for word in ("-m", f"{name}/m-{name}")]
    return ["ask", "hi", "--retries", "0", *models]
