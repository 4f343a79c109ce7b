"""A request as a command that a shell runs: by curl, or by websocat where it opens a socket."""

import json
from collections.abc import Iterable

from aichat.core.http.call import Call, Header
from aichat.core.text.redact import mask_url


def as_curl(call: Call, more: Iterable[tuple[str, str]] = ()) -> str:
    """The call as a command that a POSIX shell runs; secrets are variables.

    ``more`` are other options of that command, each with its value.
    """
    verb = "--head" if call.method == "HEAD" else f"-X {call.method}"  # it waits for no body then
    lines = [f"curl -sS -N {verb} {_format_url(call.url)}"]
    lines += [f"  -H {_format_header(header)}" for header in call.headers if not _is_form(header)]
    streamed = () if isinstance(call.body, tuple) else call.body.curl
    lines += [f"  {option} {_quote(value)}" for option, value in (*more, *streamed)]
    if streamed or not call.body:
        return " \\\n".join(lines)
    body = json.dumps(json.loads(b"".join(call.body)), ensure_ascii=False, indent=2)
    return " \\\n".join([*lines, "  --data-binary @- <<'JSON'"]) + f"\n{body}\nJSON"


def _is_form(header: Header) -> bool:
    """Whether it is the type of a form: curl says its own, with the boundary that it makes."""
    is_type = header.name.lower() == "content-type"
    return is_type and header.value.startswith("multipart/form-data")


def as_websocat(call: Call) -> str:
    """The opening of a socket, and what is said on it, as a command that a POSIX shell runs."""
    lines = ["websocat --no-close"]
    lines += [f"  -H {_format_header(header)}" for header in call.headers]
    said = b"".join(call.body).decode()
    return " \\\n".join([*lines, f"  {_format_url(call.url)} <<'JSON'"]) + f"\n{said}JSON"


def _format_url(url: str) -> str:
    """The address, a variable in the place of each secret in it."""
    shown = mask_url(
        url, lambda name, _: f"$URL_{''.join(c if c.isalnum() else '_' for c in name).upper()}"
    )
    return _quote(shown, expands=shown != url or "$PORT" in url)


def _format_header(header: Header) -> str:
    if header.placeholder is None:
        return _quote(f"{header.name}: {header.value}")
    return _quote(f"{header.name}: {header.placeholder}", expands=True)


def _quote(text: str, expands: bool = False) -> str:
    """Quoted for a shell; ``expands`` leaves ``$NAME`` to the shell."""
    if not expands:
        return "'" + text.replace("'", "'\\''") + "'"
    for special in '\\"`':
        text = text.replace(special, "\\" + special)
    return f'"{text}"'
