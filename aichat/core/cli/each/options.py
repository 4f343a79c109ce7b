"""The options of a question that is asked about many inputs."""

from aichat.core.cli.argv import Option
from aichat.values import NamedTuple

#: How inputs are read: the formats of a file with many, or ``files``, each file being one.
EACH_FORMATS = ("lines", "jsonl", "csv", "tsv", "files")

EACH = (
    Option(
        ("--each",),
        "Ask once for each line, record or file of this; {} or {FIELD} in WORDS is where it goes, "
        "else it is attached. Run the same command again to resume.",
        metavar="FILE|-|DIR|GLOB",
    ),
    Option(("--each-format",), "Format of --each; default: by its name.", choices=EACH_FORMATS),
    Option(("--jobs",), "Most questions of --each at once; default 64.", int, metavar="N"),
    Option(("--unordered",), "Print the answers of --each as they come.", bool),
    Option(
        ("--batch",),
        "Have the provider answer --each by itself, later and for less; see aichat batch.",
        bool,
    ),
    Option(("--retry-failed",), "Ask again what failed in --each before.", bool),
)


class EachOptions(NamedTuple):
    """Which inputs to ask about, and how many at once."""

    each: str | None = None
    each_format: str | None = None
    jobs: int | None = None
    unordered: bool = False
    retry_failed: bool = False
    batch: bool = False
