"""Starting the embedded model: file, engine, examples, and the resulting endpoint."""

from pathlib import Path

from aichat import wires
from aichat.core.catalogue.card import Card
from aichat.core.message.message import text_of
from aichat.core.provider.endpoint import Endpoint, KeyOrigin, Secret, env_variable
from aichat.core.provider.engine import Engine
from aichat.core.provider.provider import Provider
from aichat.disk.files import gguf
from aichat.disk.files.atomic import make_private_folder
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, config_error
from aichat.net import llama_cpp
from aichat.values import NamedTuple


class LocalSpec(NamedTuple):
    """What to run: the model as the user named it, and folders for relative names and caches."""

    model: str
    folder: Path  # a relative file name starts here
    cache: Path
    context: int | None = None  # tokens


def is_ready(engine: Engine) -> bool:
    """Whether the bundled model could answer: engine and file are installed."""
    return llama_cpp.is_installed() and gguf.find_packaged(engine.bundled) is not None


def start_engine(provider: Provider, engine: Engine, local: LocalSpec, wire: str) -> Endpoint:
    """Start the engine and return its endpoint.

    Errors: ``config`` or ``usage``, each naming what is missing and how to get it.
    """
    limit = wires.load(wire).limit_field or provider.quirks.max_tokens_field
    defaults = {limit: engine.max_tokens}
    if local.model == engine.bundled.name:
        return _start_bundled(provider, engine, local, wire, defaults)
    file = gguf.inspect(local.folder / expand_path(local.model))
    template = None if file.has_template else engine.chat_template
    context = local.context or engine.context
    projector = gguf.find_projector(file.path)
    model = llama_cpp.LocalModel(file.path, file.path.name, context, template, projector=projector)
    server = llama_cpp.start(model, engine.install)
    if template:
        quirks = provider.quirks._replace(leading_space=True)
        provider = provider._replace(quirks=quirks)
        defaults |= engine.template_defaults
    card = Card(blind=projector is None)
    return _server_endpoint(provider, wire, server)._replace(defaults=defaults, card=card)


def _start_bundled(
    provider: Provider, engine: Engine, local: LocalSpec, wire: str, defaults: dict[str, int]
) -> Endpoint:
    """Start the bundled model, with its examples."""
    bundled = engine.bundled
    path = gguf.find_packaged(bundled)
    if path is None:
        raise config_error(f"the model {bundled.name} is not installed", bundled.install)
    gguf.verify(path, bundled, local.cache)
    context = local.context or engine.context
    model = llama_cpp.LocalModel(
        path, bundled.name, context, slot_folder=_slots_folder(local.cache)
    )
    server = llama_cpp.start(model, engine.install)
    examples = [{"role": m.role, "content": text_of(m)} for m in bundled.preamble]
    return _server_endpoint(provider, wire, server)._replace(
        defaults={**bundled.defaults, **defaults},
        preamble=bundled.preamble,
        preamble_tokens=llama_cpp.warm_up(server, model, examples),
    )


def _slots_folder(cache: Path) -> Path | None:
    """The folder for evaluated examples; None if it is not writable."""
    folder = cache / "slots"
    try:
        make_private_folder(folder)
    except AichatError:
        return None
    return folder


def _server_endpoint(provider: Provider, wire: str, server: llama_cpp.Server) -> Endpoint:
    key = Secret(server.key, KeyOrigin("engine", "random"), env_variable(provider.id, "API_KEY"))
    return Endpoint(provider, wire, server.base_url, key)
