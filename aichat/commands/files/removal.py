"""``rm`` of what a provider keeps: asked about once, and removed one by one."""

from collections.abc import Callable, Sequence

from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import ResourceOptions
from aichat.core.http.call import Call
from aichat.core.text.numbers import count_of
from aichat.errors import AichatError
from aichat.process.world import World
from aichat.term.widgets.confirm import confirm_removal
from aichat.values import NamedTuple


class Removal(NamedTuple):
    """What is removed: what one of them is called (``kind``), and whose they are.

    ``call`` is the request that removes one, and ``remove`` sends it.
    """

    kind: str
    provider: str
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
    """Remove them, and give the exit code: that of the first one that could not be, else 0.

    Nothing is sent, and the code is 2, where whoever is asked says no.
    """
    if shared.dry_run:
        for each in removal.ids:
            print_call(world, removal.call(each))
        return 0
    what = f"{count_of(len(removal.ids), removal.kind)} at {removal.provider}"
    if not (yes or confirm_removal(world, f"Delete {what}?")):
        return 2
    failed: AichatError | None = None
    gone = 0
    for each in removal.ids:
        try:
            removal.remove(each)
            gone += 1
        except AichatError as error:
            world.report_fault(error.fault)
            failed = failed or error
    say(f"{count_of(gone, removal.kind)} removed")
    return failed.fault.exit_code if failed else 0
