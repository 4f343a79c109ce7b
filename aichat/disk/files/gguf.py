"""Model files: found, and checked before the engine, which would name no cause, gets them."""

from importlib.util import find_spec
from pathlib import Path

from aichat.core.provider.engine import BundledModel
from aichat.disk.files.atomic import make_private_folder
from aichat.errors import AichatError, config_error, usage_error
from aichat.values import NamedTuple

_TEMPLATE_KEY = b"tokenizer.chat_template"
_SEARCH_BYTES = 64 << 20  # bytes; a file's metadata comes first and is far smaller


class ModelFile(NamedTuple):
    """A GGUF file that may be loaded."""

    path: Path
    has_template: bool


def find_packaged(model: BundledModel) -> Path | None:
    """The file of an installed model package, found without importing it."""
    spec = find_spec(model.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations))) / model.file
    return path if path.is_file() else None


def find_projector(path: Path) -> Path | None:
    """The projector beside a model's file, without which it cannot see pictures."""
    try:
        found = sorted(each for each in path.parent.glob("*.gguf") if "mmproj" in each.name.lower())
    except OSError:
        return None
    return next((each for each in found if each != path), None)


def verify(path: Path, model: BundledModel, cache: Path) -> None:
    """Check the file against its pinned SHA-256 once; remembered by size and time.

    Errors: ``config`` (exit 3) if the file is not the one we know.
    """
    stat = path.stat()
    seen = cache / "models" / f"{model.sha256[:16]}-{stat.st_size}-{stat.st_mtime_ns}"
    if _exists(seen):
        return
    import hashlib  # here, since it costs more than the rest of this file

    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != model.sha256:
        raise config_error(
            f"{path} is not the {model.name} that aichat expects", f"install it: {model.install}"
        )
    try:
        make_private_folder(seen.parent)
        seen.touch(mode=0o600)
    except (OSError, AichatError):
        return  # with a read-only cache each start only takes a quarter of a second longer


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def inspect(path: Path) -> ModelFile:
    """The file at ``path``, after checking what llama.cpp would refuse without naming a cause.

    Errors: ``usage`` (exit 2): missing, a folder, unreadable, not GGUF.
    """
    import mmap

    try:
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise usage_error(f"{path} is not a GGUF model file")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return ModelFile(path, data.find(_TEMPLATE_KEY, 0, _SEARCH_BYTES) >= 0)
    except OSError as error:
        named = "no GGUF file: use -m PROVIDER/MODEL for other providers; see aichat models"
        hint = "" if path.suffix == ".gguf" else named
        raise usage_error(f"model {path}: {error.strerror}", hint) from error
