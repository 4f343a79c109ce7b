"""The options of ``ask`` and ``chat``."""

from aichat.core.catalogue.card import EFFORTS
from aichat.core.cli.argv import Option

_MODEL = Option(
    ("-m", "--model"), "Model, alone or as PROVIDER/MODEL; with -p it is sent whole.", metavar="M"
)
_MODELS = _MODEL._replace(
    help=f"{_MODEL.help} Repeat it to ask several at once: in a pipe each answer "
    "stands under a heading '## PROVIDER/MODEL', with --json they are an array.",
    many=True,
)

TARGET = (
    Option(("-p", "--provider"), "Provider; alone, its default model.", metavar="P"),
    Option(("-P", "--profile"), "Profile of the config file.", metavar="NAME"),
    Option(("-s", "--system"), "System prompt, or @FILE.", metavar="TEXT"),
)

CONVERSATION = (
    Option(
        ("-c", "--continue"),
        "Go on with the last conversation; without words, with an answer that was cut.",
        bool,
    ),
    Option(
        ("-C", "--conversation"),
        "Go on with this one: id, title or last. An unknown name begins it.",
        metavar="NAME",
    ),
    Option(
        ("--tool-result",),
        "Answer a tool call of the conversation; @FILE reads it. Repeatable.",
        metavar="ID=TEXT",
        many=True,
    ),
    Option(
        ("--no-save",),
        "Do not store the conversation; token counts are kept for budgets, without any text.",
        bool,
    ),
)

INPUT = (
    Option(
        ("-f", "--file", "-a", "--attach"),
        "Attach a text file, a folder or a web page; - is stdin. Repeatable.",
        metavar="PATH|URL",
        many=True,
    ),
    Option(("--no-stdin",), "Do not read stdin.", bool),
    Option(("--max-stdin",), "Take more than 10 MB of stdin, e.g. 50M.", metavar="SIZE"),
)

SAMPLING = (
    Option(("--temperature",), "Randomness, usually 0 to 2.", float, metavar="T"),
    Option(("--top-p",), "Nucleus sampling, 0 to 1.", float, metavar="P"),
    Option(("--max-tokens",), "Limit of the answer.", int, metavar="N"),
    Option(("--stop",), "End the answer before this text. Repeatable.", metavar="TEXT", many=True),
    Option(("--effort",), "How hard to reason, mapped to the model's own dial.", choices=EFFORTS),
    Option(
        ("--tools",), "Function definitions; calls are shown, nothing runs.", metavar="FILE|JSON"
    ),
    Option(("--prefill",), "Begin the answer with TEXT, where the model can.", metavar="TEXT"),
    Option(("--seed",), "Seed, where the provider knows one.", int, metavar="N"),
    Option(
        ("-o", "--option"),
        "Any field of the request body; dotted keys, null removes. Repeatable.",
        metavar="KEY=JSON",
        many=True,
    ),
)

MONEY = (
    Option(
        ("--max-cost",),
        "Ask before an answer costs more (in a pipe: exit 11); stop one that does. 0.05, 2CNY.",
        metavar="AMOUNT[CUR]",
    ),
    Option(("--count",), "Have the provider count the input before it is sent.", bool),
)

OUTPUT = (
    Option(("-x", "--extract"), "Print only the first code block.", bool),
    Option(("--extract-lang",), "Like -x, for the first block of this language.", metavar="L"),
    Option(("--json",), "Print one JSON object at the end.", bool),
    Option(("--events",), "Print one JSON event a line, as it happens.", bool),
    Option(("--plain",), "Text as it comes, also on a terminal.", bool),
    Option(("--markdown",), "Drawn Markdown, also in a pipe.", bool),
    Option(("--output",), "Write the answer to FILE instead of stdout.", metavar="FILE"),
    Option(("--show-reasoning",), "The reasoning too; in a pipe on stderr.", bool),
    Option(("--hide-reasoning",), "No reasoning.", bool),
    Option(("-q", "--quiet"), "Only the answer and errors.", bool),
    Option(("--usage",), "Tokens and times on stderr at the end.", bool),
)

TRANSPORT = (
    Option(("--no-stream",), "Ask for the answer in one piece.", bool),
    Option(("--timeout",), "Longest silence borne, in seconds.", float, metavar="S"),
    Option(("--retries",), "Attempts after the first, before any output; default 2.", int, "N"),
    Option(("--region",), "Use the provider's hosts of this region.", metavar="R"),
    Option(("--strict",), "Fail where something would be dropped or adapted.", bool),
    Option(("--wire",), "Speak this wire, where the provider has several.", metavar="W"),
    Option(("--header",), "Add a header. Repeatable.", metavar="'Name: value'", many=True),
    Option(("--dry-run",), "Print the request as a curl command; send nothing.", bool),
    Option(("--debug",), "One line a step on stderr; secrets are masked.", bool),
)

_REST = (*TARGET, *CONVERSATION, *INPUT, *SAMPLING, *MONEY, *OUTPUT, *TRANSPORT)

ASK_OPTIONS = (_MODELS, *_REST)

#: What makes no sense in a conversation that is held on a terminal.
_ASK_ONLY = frozenset(
    (
        *("tool_result", "no_stdin", "max_stdin", "prefill", "extract", "extract_lang", "json"),
        *("events", "output", "usage", "dry_run", "markdown"),
    )
)

CHAT_OPTIONS = (_MODEL, *(option for option in _REST if option.name not in _ASK_ONLY))
