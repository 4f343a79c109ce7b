"""The ``rm`` commands: confirmed once, then deleted one by one."""

from collections.abc import Callable, Sequence

from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import ResourceOptions, document
from aichat.core.exchange.answer import fault_json
from aichat.core.http.call import Call
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.numbers import count_of
from aichat.errors import AichatError, Fault
from aichat.process.world import World
from aichat.term.widgets.confirm import confirm_removal
from aichat.values import NamedTuple


class Removal(NamedTuple):
    """What to delete: the ``kind`` in messages, the ``command``, and the endpoint.

    ``call`` makes the request that deletes one, and ``remove`` sends it.
    """

    kind: str
    command: str
    endpoint: Endpoint
    ids: Sequence[str]
    call: Callable[[str], Call]
    remove: Callable[[str], object]


def remove_all(
    world: World,
    removal: Removal,
    say: Callable[[str], object],
    shared: ResourceOptions,
    *,
    yes: bool,
) -> int:
    """Delete all; returns the exit code of the first failure, or 0.

    Errors: as of ``confirm_removal``; then nothing is sent.
    """
    if shared.dry_run:
        for each in removal.ids:
            print_call(world, removal.call(each))
        return 0
    what = f"{count_of(len(removal.ids), removal.kind)} at {removal.endpoint.provider.name}"
    if not yes:
        confirm_removal(world, f"Delete {what}?")
    faults: dict[str, Fault] = {}
    gone: list[str] = []
    for each in dict.fromkeys(removal.ids):
        try:
            removal.remove(each)
            gone.append(each)
        except AichatError as error:
            world.report_fault(error.fault)
            faults[each] = error.fault
    say(f"{count_of(len(gone), removal.kind)} removed")
    first = next(iter(faults.values()), None)
    if shared.json:
        left = [{"id": each, "error": fault_json(fault)} for each, fault in faults.items()]
        about = {"removed": gone, "left": left}
        world.write_json(document(removal.endpoint, removal.command, first, **about))
    return first.exit_code if first else 0
