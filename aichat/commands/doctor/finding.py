"""The doctor's findings: one line, with a remedy for a failure."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator

from aichat.errors import HINTS, AichatError, Fault, describe
from aichat.values import NamedTuple


class Finding(NamedTuple):
    """One finding: ``state`` is ok, note or fail; a failure's ``kind`` determines the exit code."""

    check: str
    state: str
    message: str
    remedy: str = ""
    kind: str = ""


def fault_finding(check: str, fault: Fault, remedy: str = "") -> Finding:
    """A fault as a finding; its hint is the default remedy."""
    plain = fault._replace(provider=None, model=None)
    known = remedy or fault.hint or HINTS.get(fault.kind, "")
    return Finding(check, "fail", describe(plain), known or "rerun with --debug", fault.kind)


def run_check(check: str, find: Callable[[], Iterable[Finding]], remedy: str) -> Iterator[Finding]:
    """The findings of ``find``; an error in it becomes the last one."""
    try:
        yield from find()
    except AichatError as error:
        yield fault_finding(check, error.fault, error.fault.hint or remedy)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        yield Finding(check, "fail", f"{place}{error.strerror or error}", remedy, "config")
    except sqlite3.Error as error:
        yield Finding(check, "fail", str(error), remedy, "config")
