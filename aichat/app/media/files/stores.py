"""A provider's file stores: created, filled, shown, deleted."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from aichat.app.calls.resource import Ability, ResourceContext, ResourceOptions, open_resource
from aichat.app.media.files.context import FilesContext, Reply, asked_wait, send, wait_until_read
from aichat.app.media.files.resuming import protocol_fault, send_resumable
from aichat.app.media.files.upload import account_of, as_it_leaves, put
from aichat.app.setup.endpoint import check_address
from aichat.app.setup.keys import find_key, placeholder_key
from aichat.core.http.call import Call
from aichat.core.http.paging import is_sendable
from aichat.core.provider.endpoint import Endpoint, env_variable
from aichat.core.text.json import read_object, text_or_none
from aichat.errors import AichatError, Fault
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.resources import stores
from aichat.wires.resources.files import FileSpec
from aichat.wires.resources.stores import FileStore, StoredFile

#: The most pages of a list to request.
_MAX_PAGES = 200

_Entry = TypeVar("_Entry")


class StoresContext(NamedTuple):
    """Whose stores: ``files`` is the context for calls about files, ``stores`` about stores."""

    files: FilesContext
    stores: FilesContext

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint of the stores."""
        return self.stores.endpoint


def open_stores(world: World, options: ResourceOptions) -> StoresContext:
    """The context for the chosen provider's stores.

    Errors: ``invalid_request`` (exit 5) if it has none; ``missing_key`` if they need another
    key; those of a setup.
    """
    keeps = Ability(lambda provider: provider.resources.stores, "keeps no stores of files")
    found = open_resource(world, options, keeps)
    terms, shown = found.options, not options.quiet
    here = FilesContext(world, found.endpoint, terms, found.say, shown)
    endpoint = _stores_endpoint(found, dry_run=options.dry_run)
    return StoresContext(here, here._replace(endpoint=endpoint))


def _stores_endpoint(found: ResourceContext, *, dry_run: bool) -> Endpoint:
    """The endpoint of the stores, possibly another host with a separate key."""
    host = found.setup.provider.stores_host
    if host is None:
        return found.endpoint
    variable = f"AICHAT_{env_variable(host.id, 'BASE_URL')}"
    base_url = found.setup.environ.get(variable) or host.base_url
    check_address(base_url, allow_http=False, provider=host.id)
    provider = found.setup.provider._replace(id=host.id, key_variables=host.key_variables)
    setup = found.setup._replace(provider=provider)
    try:
        key = placeholder_key(setup) if dry_run else find_key(setup)
    except AichatError as error:
        if error.fault.kind == "missing_key":
            hint = f"set {host.key_variables[0]}: a management key of the provider's console"
            error.fault = error.fault._replace(hint=hint)
        raise
    return found.endpoint._replace(base_url=base_url.rstrip("/"), key=key, headers=())


def create_store(context: StoresContext, name: str, seconds: int) -> FileStore:
    """Create a store, without retries, which could create a second one.

    Errors: as of any request.
    """
    terms = context.stores.options._replace(retries=0)
    once = context.stores._replace(options=terms)
    found = stores.parse_store(_fetch(once, stores.create_call(once.endpoint, name, seconds)))
    return _named(found)


def list_stores(context: StoresContext) -> list[FileStore]:
    """All stores, in the provider's order. Errors: as of any request."""
    return _every(
        context,
        lambda cursor: stores.list_call(context.endpoint, cursor),
        lambda body: stores.parse_stores(body, context.endpoint),
    )


def show_store(context: StoresContext, store_id: str) -> tuple[FileStore, list[StoredFile]]:
    """The details of a store and of each of its files. Errors: ``not_found``."""
    found = _fetch(context.stores, stores.show_call(context.endpoint, store_id))
    held = _every(
        context,
        lambda cursor: stores.files_call(context.endpoint, store_id, cursor),
        lambda body: stores.parse_files(body, context.endpoint),
    )
    return _named(stores.parse_store(found)), held


def add_file(context: StoresContext, store_id: str, spec: FileSpec) -> StoredFile:
    """Add a file to a store and wait until it can be searched.

    Errors: ``invalid_request`` if the provider cannot read it; those of an upload.
    """
    dialect = stores.dialect_of(context.endpoint)
    if dialect.uploads:
        return StoredFile(_upload(context.stores, store_id, spec), spec.name, spec.size)
    # without expiry, since the store may live long
    kept = put(context.files, spec._replace(purpose=dialect.purpose, expires=0))
    call = stores.attach_call(context.endpoint, store_id, kept.id)
    send(context.stores, call)
    look = stores.file_call(context.endpoint, store_id, kept.id)

    def state() -> tuple[StoredFile | None, float | None]:
        reply = send(context.stores, look)
        found = stores.parse_file(_object(reply))
        if found and found.state == "failed":
            raise _refusal(spec, found.why)
        is_ready = found is not None and found.state == "ready"
        return (found if is_ready else None), asked_wait(context.stores, reply)

    ready = wait_until_read(context.stores, spec.name, state)
    return ready._replace(name=ready.name or spec.name, size=ready.size or spec.size)


def _upload(context: FilesContext, store_id: str, spec: FileSpec) -> str:
    """Upload a file into the store itself; returns its name once it is indexed."""
    place = f"{account_of(context)} {store_id}"
    with as_it_leaves(context, spec) as gone:
        start = stores.upload_start(context.endpoint, store_id, gone)
        answers = [Reply({}, send_resumable(context, place, gone, lambda: send(context, start)))]

    def state() -> tuple[str | None, float | None]:
        name, error, made = stores.parse_operation(read_object(answers[-1].body))
        if error:
            raise _refusal(spec, error)
        if not name:
            raise protocol_fault("its answer names no operation")
        if made:
            return made, None
        answers.append(send(context, stores.operation_call(context.endpoint, name)))
        made = stores.parse_operation(_object(answers[-1]))[2]
        return made or None, asked_wait(context, answers[-1])

    return wait_until_read(context, spec.name, state)


def remove(context: StoresContext, call: Call) -> None:
    """Delete a store, or a file from one. Errors: ``not_found``."""
    send(context.stores, call)


def _every(
    context: StoresContext,
    call: Callable[[str], Call],
    parse: Callable[[Mapping[str, Any]], tuple[list[_Entry], str] | None],
) -> list[_Entry]:
    """All entries of a list, page by page."""
    found: list[_Entry] = []
    cursors = [""]
    while len(cursors) <= _MAX_PAGES:
        page = parse(_fetch(context.stores, call(cursors[-1])))
        if page is None:
            raise protocol_fault("its answer is not a list")
        found += page[0]
        if not page[1] or page[1] in cursors or not is_sendable(page[1]):
            break
        cursors.append(page[1])
    return found


def _fetch(context: FilesContext, call: Call) -> dict[str, Any]:
    """The object in the answer. Errors: ``protocol`` if it is not one."""
    return _object(send(context, call))


def _object(reply: Reply) -> dict[str, Any]:
    found = read_object(reply.body)
    if not found and reply.body.strip() != b"{}":
        raise protocol_fault("its answer is not a JSON object")
    return found


def _named(found: FileStore | None) -> FileStore:
    if found is None:
        raise protocol_fault("its answer names no store")
    return found


def _refusal(spec: FileSpec, why: str) -> AichatError:
    told = f": {why}" if text_or_none(why) else ""
    return AichatError(Fault("invalid_request", f"the provider cannot read {spec.name}{told}"))
