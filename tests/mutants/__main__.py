"""``python -m tests.mutants --count 200 --seed 1 --jobs 2``: the share of mutants noticed."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.spots import Spot, changed_part, mutate, sample
from tests.mutants.trial import copies, record, try_all, warm
from tests.support.program import ROOT

ROOMS = ("core", "wires")


def is_equivalent(spot: Spot) -> bool:
    """Whether the change is known to change nothing."""
    file, change = spot.path.relative_to(ROOT / "aichat").as_posix(), changed_part(*mutate(spot))
    return (file, spot.function, *change) in {each[:4] for each in EQUIVALENT}


def describe(spot: Spot) -> str:
    """Where a spot is, and what is changed there."""
    before, after = changed_part(*mutate(spot))
    where = f"{spot.path.relative_to(ROOT)}:{spot.line} {spot.function}"
    return f"{where}\n  - {before}\n  + {after}"


def main() -> None:
    """Try the mutants, and print those that no test noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--file", default="", help="only files whose path holds this")
    asked = parser.parse_args()
    files = [path for room in ROOMS for path in sorted((ROOT / "aichat" / room).rglob("*.py"))]
    files = [path for path in files if asked.file in path.as_posix()]
    spots = sample(files, asked.count, asked.seed)
    tried = [spot for spot in spots if not is_equivalent(spot)]
    began, survivors = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder, copies(Path(folder), asked.jobs) as trees:
        reach = record(trees)
        warm(reach)
        print(f"{len(reach.seconds)} tests, seen in {time.monotonic() - began:.0f} s", flush=True)
        for spot, is_noticed, seconds in try_all(tried, reach, trees):
            survivors += not is_noticed
            if not is_noticed:
                print(f"survived ({seconds:.1f} s): {describe(spot)}", flush=True)
    caught, same = len(tried) - survivors, len(spots) - len(tried)
    print(
        f"seed {asked.seed}: {caught} of {len(tried)} caught, {caught / len(tried):.1%};", end=" "
    )
    print(f"{same} equivalent left out; {time.monotonic() - began:.0f} s")
    sys.exit(caught < 0.9 * len(tried))


if __name__ == "__main__":
    main()
