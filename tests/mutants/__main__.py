"""``python -m tests.mutants --count 200 --seed 1 2 --jobs 2``: the share of mutants noticed."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.spots import sample, show_change
from tests.mutants.trial import copy_tree, observe, try_all
from tests.support.running.program import ROOT

PACKAGE = ROOT / "aichat"
#: What is pure, and so wants no process, disk or terminal to be tried in.
ROOMS = ["core", "wires"]
#: The least share that is good enough.
GOAL = 0.9


def main() -> None:
    """Try the mutants of each seed, and print those that no test noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--room", nargs="+", default=ROOMS, help="what is changed, and has tests")
    parser.add_argument("--file", nargs="+", default=[""], help="only files whose path holds one")
    given = parser.parse_args()
    files = sorted(path for room in given.room for path in (PACKAGE / room).rglob("*.py"))
    files = [path for path in files if any(part in path.as_posix() for part in given.file)]
    known, shares = {each[:4] for each in EQUIVALENT}, []
    with tempfile.TemporaryDirectory() as folder:
        trees = [copy_tree(Path(folder, str(n), "tree")) for n in range(given.jobs)]
        runs = observe(trees, [f"tests/{room}" for room in given.room])
        for seed in given.seed:
            began, survivors, same, spots = time.monotonic(), 0, 0, []
            for spot in sample(files, given.count, seed):
                file = spot.path.relative_to(PACKAGE).as_posix()
                is_same = (file, spot.function, *show_change(spot)) in known
                same += is_same
                spots += [] if is_same else [spot]
            for spot, is_noticed in try_all(spots, runs, trees):
                if not is_noticed:
                    survivors += 1
                    before, after = show_change(spot)
                    where = f"{spot.path.relative_to(ROOT)}:{spot.line} {spot.function}"
                    print(f"survived: {where}\n  - {before}\n  + {after}", flush=True)
            shares.append(1 - survivors / len(spots))
            told = (
                f"seed {seed}: {shares[-1]:.1%} of {len(spots)} caught, {same} equivalent left out"
            )
            print(f"{told}; {time.monotonic() - began:.0f} s", flush=True)
    sys.exit(min(shares) < GOAL)


if __name__ == "__main__":
    main()
