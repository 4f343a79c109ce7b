"""The table of the built-in tools."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aichat.app.tools.local.builtin import Builtin, ToolPlace, parameters
from aichat.app.tools.local.files import FILE_TOOLS
from aichat.app.tools.local.programs import PROGRAM_TOOLS
from aichat.app.tools.source import CallControl
from aichat.core.http.url import split_url
from aichat.core.tools.rules import Subject
from aichat.core.tools.tool import LocalTool, ToolOutcome, text_outcome


def _now(place: ToolPlace, _: Mapping[str, Any], __: CallControl) -> ToolOutcome:
    at = datetime.fromtimestamp(place.clock.now()).astimezone()
    return text_outcome(f"{at.isoformat(timespec='seconds')} {at.tzname()}, {at:%A}")


def _url_subject(_: ToolPlace, arguments: Mapping[str, Any]) -> Subject:
    url = arguments.get("url")
    parts = split_url(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return Subject(refusal="url must be an http or https address")
    return Subject((str(url),))


def _fetch_url(place: ToolPlace, arguments: Mapping[str, Any], control: CallControl) -> ToolOutcome:
    """Fetch a page, but not if it redirects to a host other than the one decided about."""
    from aichat.net.pages import web_page  # here, since few calls need it

    url = str(arguments["url"])
    local = place.local_pages
    page = web_page.fetch_page(url, allow_local=local, stays=True, on_connect=control.on_cancel)
    if page.mime:
        return text_outcome(f"{url} is {page.mime}, not text", "error")
    return text_outcome(page.text)


_NOW = Builtin(
    LocalTool("now", "The date and time here.", parameters({}), is_harmless=True),
    lambda _place, _arguments: Subject(),
    _now,
)
_FETCH = Builtin(
    LocalTool(
        "fetch_url",
        "The text of a page of the web. A page of another host that it redirects to is named.",
        parameters({"url": "string"}),
        subject="url",
        subject_keys=("url",),
    ),
    _url_subject,
    _fetch_url,
)

BUILTINS: Mapping[str, Builtin] = {
    each.tool.name: each for each in (_NOW, *FILE_TOOLS, _FETCH, *PROGRAM_TOOLS)
}
