"""The options of ``aichat models``, and what they are read into."""

from typing import NamedTuple

from aichat.core.cli.argv import JSON_OPTION, Argument, Option

OPTIONS = (
    Option(("--show",), "Everything about the best match.", bool),
    Option(("-p", "--provider"), "Only this provider's.", metavar="P"),
    Option(("--live",), "Ask the providers for their own lists, and keep them.", bool),
    JSON_OPTION,
    Option(
        ("--sort",),
        "Cheapest, largest context, or by name.",
        choices=("price", "context", "name"),
    ),
    Option(("--all",), "Those that are retired too.", bool),
    Option(("--vision",), "Only those that take pictures.", bool),
    Option(("--tools",), "Only those that call functions.", bool),
    Option(("--reasoning",), "Only those that reason.", bool),
    Option(("--search",), "Only those with the provider's web search.", bool),
    Option(
        ("--max-price",),
        "At most so much for a million tokens, in and out: 2.5, 10CNY.",
        metavar="P",
    ),
    Option(("--min-context",), "At least so many tokens: 200k, 1M.", metavar="N"),
)

QUERY = Argument("query", "A part of a name; letters may be left out.", many=True, required=False)


class ModelsOptions(NamedTuple):
    """Which models are meant, and how they are shown."""

    query: tuple[str, ...]
    show: bool
    provider: str | None
    live: bool
    json: bool
    sort: str | None
    all: bool
    vision: bool
    tools: bool
    reasoning: bool
    search: bool
    max_price: str | None
    min_context: str | None
    config_dir: str | None
    color: str | None
