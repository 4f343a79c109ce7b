"""The options of ``aichat models``, and their type."""

from aichat.core.catalogue.model import USES
from aichat.core.cli.argv import JSON_OPTION, Argument, Option
from aichat.values import NamedTuple

OPTIONS = (
    Option(("--show",), "Show everything about the best match.", bool),
    Option(("-p", "--provider"), "Only models of this provider.", metavar="P"),
    Option(("--for",), "What the models are for; default chat.", choices=USES),
    Option(("--live",), "Fetch lists from the providers and cache them.", bool),
    JSON_OPTION,
    Option(
        ("--sort",),
        "Sort by price, context size or name.",
        choices=("price", "context", "name"),
    ),
    Option(("--all",), "Include retired models.", bool),
    Option(
        ("--retiring",),
        "Only models of your profiles, aliases and last month's use that will soon be gone: within "
        "QUERY, as 30d; default 90d.",
        bool,
    ),
    Option(("--vision",), "Only models that accept images.", bool),
    Option(("--tools",), "Only models that call tools.", bool),
    Option(("--reasoning",), "Only models that reason.", bool),
    Option(("--search",), "Only models with built-in web search.", bool),
    Option(
        ("--max-price",),
        "Maximum price per million tokens, in and out: 2.5, 10CNY.",
        metavar="PRICE",
    ),
    Option(("--min-context",), "Minimum context in tokens: 200k, 1M.", metavar="N"),
)

QUERY = Argument("query", "Part of a model name, matched fuzzily.", many=True, required=False)


class ModelsOptions(NamedTuple):
    """The options of ``aichat models``."""

    query: tuple[str, ...]
    show: bool
    provider: str | None
    live: bool
    json: bool
    sort: str | None
    all: bool
    retiring: bool
    vision: bool
    tools: bool
    reasoning: bool
    search: bool
    max_price: str | None
    min_context: str | None
    for_: str | None
    config_dir: str | None
