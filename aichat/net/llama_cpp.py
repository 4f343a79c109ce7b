"""llama.cpp in this process: a server on a loopback port with a random key.

It prints nothing itself and leaves the machine usable: OpenMP must not spin while
others work, and only as many threads decode as there are spare cores.
"""

import contextlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aichat.core.http.call import Call, Header, json_body
from aichat.core.http.connection import ConnectionOptions
from aichat.errors import AichatError, Fault, config_error
from aichat.net import http
from aichat.values import NamedTuple

_engine: Any = None  # kept, since a server collected with an open stream blocks for 30 s


class LocalModel(NamedTuple):
    """What to load and how: ``template`` replaces the file's own; ``context`` is in tokens."""

    path: Path
    name: str
    context: int
    template: str | None = None
    slot_folder: Path | None = None  # for evaluated prompts
    projector: Path | None = None  # the model that encodes pictures for it


class Server(NamedTuple):
    """A running engine."""

    base_url: str
    key: str
    version: str


def is_installed() -> bool:
    """Whether the engine is installed, found out without importing it."""
    return find_spec("xllamacpp") is not None


def start(model: LocalModel, install: str) -> Server:
    """Load ``model`` and serve it. It blocks the interpreter for about a second.

    Errors: ``config`` (exit 3) if the engine is missing or refuses the file.
    """
    global _engine
    # set before the import: otherwise OpenMP's waiting threads would burn the other cores
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import xllamacpp
    except ModuleNotFoundError:
        raise config_error("the local engine is not installed", install) from None
    except ImportError as error:
        hint = "install the system's libgomp (Debian: apt install libgomp1)"
        raise config_error(f"the local engine cannot start: {error}", hint) from error
    key = secrets.token_hex(16)
    try:
        _engine = xllamacpp.Server(_parameters(xllamacpp.CommonParams(), model, key))
    except RuntimeError as error:
        why = "it is truncated, or of an unsupported kind"
        if model.projector:
            why += f", or {model.projector.name} is no projector of it"
        raise config_error(f"llama.cpp cannot load {model.path}: {why}") from error
    version = getattr(xllamacpp, "__version__", "")
    return Server(f"{_engine.listening_address}/v1", key, version)


def _parameters(parameters: Any, model: LocalModel, key: str) -> Any:
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    settings = {
        "verbosity": 0,
        "port": 0,
        "api_keys": [key],
        "cors_origins": "",
        "ui": False,
        "endpoint_slots": False,
        "fit_params": False,
        "n_ctx": model.context,
        "n_parallel": 1,
        "n_batch": 64,  # a prefill can only be cancelled between batches
        "n_ubatch": 64,
        "cache_ram_mib": 0,
    }
    for name, value in settings.items():
        setattr(parameters, name, value)
    parameters.model.path = str(model.path)
    parameters.model_alias = {model.name}
    parameters.cpuparams.n_threads = max(1, min(4, cores // 2))
    parameters.cpuparams_batch.n_threads = min(8, cores)
    if model.template:
        parameters.chat_template = model.template
    if model.projector:
        parameters.mmproj.path = str(model.projector)
    if model.slot_folder:
        parameters.slot_save_path = f"{model.slot_folder}/"
    return parameters


def warm_up(server: Server, model: LocalModel, preamble: Sequence[Mapping[str, Any]]) -> int:
    """Evaluate ``preamble``, or restore it from disk, and return its number of tokens.

    Evaluating it takes seconds in every new process, restoring it milliseconds.
    """
    tokens = _count_tokens(server, [*preamble, _QUESTION]) - _count_tokens(server, [_QUESTION])
    if model.slot_folder is None:
        return tokens
    stat = model.path.stat()
    identity = (server.version, model.context, model.path, stat.st_size, stat.st_mtime_ns, preamble)
    name = sha256(json.dumps(identity, default=str).encode()).hexdigest()[:32]
    if not _restore(server, model.slot_folder, name):
        _post(server, "/v1/chat/completions", {"messages": [*preamble, _QUESTION], "max_tokens": 1})
        _save(server, model.slot_folder, name)
    return tokens


_QUESTION = {"role": "user", "content": "?"}


def _count_tokens(server: Server, messages: Sequence[Mapping[str, Any]]) -> int:
    prompt = _post(server, "/apply-template", {"messages": messages})["prompt"]
    return len(_post(server, "/tokenize", {"content": prompt, "parse_special": True})["tokens"])


def _restore(server: Server, slots: Path, name: str) -> bool:
    """Restore a saved slot; False if that failed.

    One whose size differs from that in its name is incomplete: the engine would abort.
    """
    with contextlib.suppress(OSError):  # then it is evaluated again
        for file in slots.glob(f"{name}-*.slot"):
            if file.stem.rpartition("-")[2] != str(file.stat().st_size):
                file.unlink()
            elif _move_slot(server, "restore", file.name):
                return True
    return False


def _save(server: Server, slots: Path, name: str) -> None:
    """Save the slot under a temporary name, then under one with its size."""
    passing = slots / f"{name}-{os.getpid()}.part"
    try:
        saved = _move_slot(server, "save", passing.name)
        passing.chmod(0o600)
        if saved and saved.get("n_written") == passing.stat().st_size:
            passing.replace(slots / f"{name}-{passing.stat().st_size}.slot")
        else:
            passing.unlink(missing_ok=True)
    except OSError:
        return  # a full disk only makes the next start slower


def _move_slot(server: Server, action: str, name: str) -> dict[str, Any]:
    """Save or restore what the engine has evaluated; the result is empty if that failed."""
    try:
        done = _post(server, f"/slots/0?action={action}", {"filename": name})
    except AichatError:
        return {}
    return done if isinstance(done, dict) else {}


def _post(server: Server, path: str, body: Mapping[str, Any]) -> Any:
    headers = (
        Header("content-type", "application/json"),
        Header("authorization", f"Bearer {server.key}"),
    )
    url = server.base_url.removesuffix("/v1") + path
    with http.send(Call("POST", url, headers, json_body(body)), ConnectionOptions()) as response:
        data = response.read(64 << 20)
        if response.status != 200:
            raise AichatError(Fault("server", f"the local engine refused {path}"))
        return json.loads(data)
