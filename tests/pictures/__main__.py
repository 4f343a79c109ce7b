"""Pictures of the program: ``python -m tests.pictures`` draws those of the README anew.

``python -m tests.pictures FOLDER [NAME ...]`` draws every scene, or those, into a folder, to be
looked at. Each is drawn on a dark and on a light ground.
"""

import sys
import tempfile
from pathlib import Path

from tests.pictures.drawing import COLORFGBG, svg_of
from tests.pictures.scenes import SCENES
from tests.support.running.program import Program

HERE = Path(__file__).parent

#: What the README shows.
BEST = ("ask", "chat", "compare", "cost", "chat-menu")


def draw(name: str, ground: str) -> str:
    """A scene on a ground, as SVG."""
    scene = SCENES[name]
    with tempfile.TemporaryDirectory() as home:
        aichat = Program(Path(home))
        aichat.environ["COLORFGBG"] = COLORFGBG[ground]
        return svg_of(scene.play(aichat), scene.title, name, ground)


def main() -> None:
    """Write the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    folder.mkdir(exist_ok=True)
    for name in sys.argv[2:] or (SCENES if len(sys.argv) > 1 else BEST):
        for ground in COLORFGBG:
            (folder / f"{name}-{ground}.svg").write_text(draw(name, ground))


if __name__ == "__main__":
    main()
