"""The options of ``ask`` and ``chat``: their tables, and the values that they are parsed into.

Each group is a table for the command line, and a value for everything below it.
"""

from typing import Any

from aichat.core.catalogue.card import EFFORTS
from aichat.core.cli.argv import Option
from aichat.core.cli.each.options import EACH, EachOptions
from aichat.core.message.cache_marks import CACHE_MODES
from aichat.core.provider.provider import ASKED_TIERS, CONTEXTS, RECENCIES, VERBOSITIES
from aichat.values import NamedTuple

_MODEL = Option(
    ("-m", "--model"), "Model, as MODEL or PROVIDER/MODEL; with -p it is sent as is.", metavar="M"
)
_MODELS = _MODEL._replace(
    help=f"{_MODEL.help} Repeat to ask several at once: in a pipe each answer "
    "gets a heading '## PROVIDER/MODEL', with --json they are an array.",
    many=True,
)

TARGET = (
    Option(("-p", "--provider"), "Provider; without -m, its default model.", metavar="P"),
    Option(("-P", "--profile"), "Profile from the config file.", metavar="NAME"),
    Option(("-s", "--system"), "System prompt, or @FILE.", metavar="TEXT"),
    Option(
        ("-t", "--prompt"),
        "Ask with a prompt of your own; WORDS may begin with its KEY=VALUE.",
        metavar="NAME|FILE",
    ),
    Option(("--trust",), "Trust the prompt's file: run and read what it names.", bool),
    Option(("--no-project",), "Use nothing of the project's .aichat.toml.", bool),
)

CONVERSATION = (
    Option(
        ("-c", "--continue"),
        "Continue the last conversation of this terminal pane, else of this folder, else of all; "
        "without words, ask finishes a cut-off answer.",
        bool,
    ),
    Option(("--here",), "Like -c, but only of this pane or folder.", bool),
    Option(("--anywhere",), "Like -c, but the last of all.", bool),
    Option(
        ("-C", "--conversation"),
        "Continue this conversation: id, title or last. A new name starts one.",
        metavar="NAME",
    ),
    Option(("--in",), "Go on from a conversation in a Markdown file, as edited.", metavar="FILE"),
    Option(("--background",), "Have the provider go on without us; print the answer's id.", bool),
    Option(("--resume",), "Fetch the answer of --background; so does -c.", metavar="ID"),
    Option(("--cached",), "Answer from the store what was asked with this before.", bool),
    Option(("--tool-result",), "Answer a call; @FILE reads it. Repeatable.", str, "ID=TEXT", True),
    Option(
        ("--no-save",),
        "Do not store the conversation; token counts are kept for budgets, without text.",
        bool,
    ),
)

INPUT = (
    Option(
        ("-f", "--file", "-a", "--attach"),
        "Attach a file (text, image, PDF, office, audio, video), a folder, a pattern or a "
        "web page; - is stdin, clip: the clipboard, mcp:NAME:URI a server's resource; #3-7 are "
        "pages, #10s-60s a part of a video. Repeatable.",
        metavar="PATH|URL",
        many=True,
    ),
    Option(("--edit",), "Write the question in $VISUAL or $EDITOR; WORDS begin it.", bool),
    Option(("--allow-local",), "Let -f URL reach this machine and its network.", bool),
    Option(("--no-stdin",), "Do not read stdin.", bool),
    Option(("--max-stdin",), "Allow more than 10 MB of stdin, e.g. 50M.", metavar="SIZE"),
)

SAMPLING = (
    Option(("--temperature",), "Randomness, usually 0 to 2.", float, metavar="T"),
    Option(("--top-p",), "Nucleus sampling, 0 to 1.", float, metavar="P"),
    Option(("--max-tokens",), "Limit the length of the answer.", int, metavar="N"),
    Option(("--stop",), "Stop the answer at this text. Repeatable.", metavar="TEXT", many=True),
    Option(("--effort",), "Reasoning effort, mapped to the model's own setting.", choices=EFFORTS),
    Option(
        ("--tools",), "Function definitions; calls are shown but never run.", metavar="FILE|JSON"
    ),
    Option(
        ("--schema",),
        "Make the answer JSON of this schema: 'name, age int, tags [str]', JSON, a file, or the "
        "NAME of one in the config folder's schemas/.",
        metavar="SCHEMA|@NAME",
    ),
    Option(("--schema-list",), "Like --schema, for a list of them.", metavar="SCHEMA|@NAME"),
    Option(("--rows",), "Like --schema-list; prints rows as they come.", metavar="SCHEMA|@NAME"),
    Option(("--csv",), "Print --rows as CSV.", bool),
    Option(("--tsv",), "Print --rows as tab-separated values.", bool),
    Option(("--prefill",), "Start the answer with TEXT, if the model supports it.", metavar="TEXT"),
    Option(("--seed",), "Sampling seed, if the provider supports one.", int, metavar="N"),
    Option(("--verbosity",), "How long the answer should be.", choices=VERBOSITIES),
    Option(("--logprobs",), "Give each token's probability, in --json and --events.", bool),
    Option(
        ("-o", "--option"),
        "Set any field of the request body; dotted keys, null removes. Repeatable.",
        metavar="KEY=JSON",
        many=True,
    ),
)

SERVER_TOOLS = (
    Option(("--search",), "Let the provider search the web; sources are listed.", bool),
    Option(("--search-x",), "Let the provider search posts on X.", bool),
    Option(
        ("--search-domain",),
        "Search only this domain, with - before it never; @NAME is an account on X. Repeatable.",
        metavar="D",
        many=True,
    ),
    Option(("--search-recency",), "Search only what is this new.", choices=RECENCIES),
    Option(("--search-context",), "How much the search may bring.", choices=CONTEXTS),
    Option(
        ("--search-location",),
        "Search as from there: 'Paris, FR', or latitude and longitude.",
        metavar="PLACE",
    ),
    Option(("--fetch",), "Let the provider open the addresses in the question.", bool),
    Option(("--code",), "Let the provider run code, on the files of -f.", bool),
    Option(
        ("--file-search",),
        "Let the provider search this store of files. Repeatable.",
        metavar="STORE",
        many=True,
    ),
    Option(("--maps",), "Let the provider look at maps.", bool),
)

MONEY = (
    Option(
        ("--max-cost",),
        "Ask before spending more (in a pipe: exit 11), and stop when exceeded: 0.05, 2CNY.",
        metavar="AMOUNT[CUR]",
    ),
    Option(("--tier",), "How fast or cheap it is served, where offered.", choices=ASKED_TIERS),
    Option(("--count",), "Count the input with the provider before sending.", bool),
    Option(
        ("--cache",),
        "Prompt caching: where it pays off, never at a price, or longer at one.",
        choices=CACHE_MODES,
    ),
)

OUTPUT = (
    Option(("-x", "--extract"), "Print only the first code block.", bool),
    Option(("--extract-lang",), "Like -x, for the first block in this language.", metavar="L"),
    Option(("--json",), "Print one JSON object at the end.", bool),
    Option(("--events",), "Print JSON events, one per line, as they happen.", bool),
    Option(("--plain",), "Print raw text, even on a terminal.", bool),
    Option(("--markdown",), "Render Markdown, even in a pipe.", bool),
    Option(("-O", "--output"), "Write the answer to FILE instead of stdout.", metavar="FILE"),
    Option(("--show-reasoning",), "Show the reasoning; in a pipe, on stderr.", bool),
    Option(("--hide-reasoning",), "Hide the reasoning.", bool),
    Option(("--resolve-links",), "List sources by where their links lead, not by redirects.", bool),
    Option(("--play",), "Play what is said, with the system's player.", bool),
    Option(("-q", "--quiet"), "Print only the answer and errors.", bool),
    Option(("--usage",), "Print tokens, cost and times to stderr at the end.", bool),
)

TRANSPORT = (
    Option(("--no-stream",), "Get the answer in one piece.", bool),
    Option(
        ("--timeout",),
        "Give up after this many seconds of silence; default 120 until it begins, then 300.",
        float,
        metavar="S",
    ),
    Option(("--retries",), "Retries before any output; default 2.", int, "N"),
    Option(("--region",), "Use the provider's hosts in this region.", metavar="R"),
    Option(("--strict",), "Fail instead of dropping or adapting anything.", bool),
    Option(("--wire",), "Wire protocol, if the provider has several.", metavar="W"),
    Option(("--header",), "Add a header. Repeatable.", metavar="'Name: value'", many=True),
    Option(("--dry-run",), "Print the request as a curl command; send nothing.", bool),
    Option(("--live",), "Ask over a realtime session.", bool),
    Option(("--debug",), "Log each step to stderr; secrets are masked.", bool),
)

TOOLING = (
    Option(
        ("--tool",),
        "Let the model run this tool, after asking; a name, a glob or ./FILE.py. Repeatable.",
        metavar="NAME|FILE.py",
        many=True,
    ),
    Option(
        ("--mcp",),
        "Offer the tools of this MCP server: a name of the config, a command in quotes, a URL "
        "or a client's mcpServers file. Repeatable.",
        metavar="NAME|COMMAND|URL|FILE",
        many=True,
    ),
    Option(
        ("--allow",),
        "Run without asking what this rule names, e.g. 'read_file(src/**)'. Repeatable.",
        metavar="RULE",
        many=True,
    ),
    Option(("--max-rounds",), "Rounds of tool calls at most; default 20.", int, metavar="N"),
    Option(("--root",), "The folder that tools stay in; default: this one.", metavar="DIR"),
)

_REST = (
    *(*TARGET, *CONVERSATION, *INPUT, *SAMPLING, *SERVER_TOOLS),
    *(*MONEY, *OUTPUT, *TRANSPORT, *TOOLING, *EACH),
)

ASK_OPTIONS = (_MODELS, *_REST)

#: Options that make no sense in an interactive chat.
_ASK_ONLY = frozenset(
    (
        *("background", "resume", "tool_result", "no_stdin", "max_stdin", "prefill"),
        *("extract", "extract_lang", "json", "events", "output", "usage", "dry_run", "markdown"),
        *("edit", "schema_list", "rows", "csv", "tsv", "live", "cached", *(o.name for o in EACH)),
    )
)

CHAT_OPTIONS = (_MODEL, *(option for option in _REST if option.name not in _ASK_ONLY))


class TargetOptions(NamedTuple):
    """Which model is asked, and with which system prompt."""

    provider: str | None = None
    profile: str | None = None
    system: str | None = None
    prompt: str | None = None
    trust: bool = False
    no_project: bool = False


class ConversationOptions(NamedTuple):
    """Which conversation the question belongs to, and whether that is stored."""

    continue_: bool = False
    here: bool = False
    anywhere: bool = False
    conversation: str | None = None
    tool_result: tuple[str, ...] = ()
    no_save: bool = False
    background: bool = False
    resume: str | None = None
    cached: bool = False
    in_: str | None = None

    @property
    def goes_on(self) -> bool:
        """Whether it continues the last conversation."""
        return self.continue_ or self.here or self.anywhere


class InputOptions(NamedTuple):
    """What is asked in addition to the words."""

    file: tuple[str, ...] = ()
    edit: bool = False
    allow_local: bool = False
    no_stdin: bool = False
    max_stdin: str | None = None


class SamplingOptions(NamedTuple):
    """How the model should answer."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    effort: str | None = None
    tools: str | None = None
    prefill: str | None = None
    seed: int | None = None
    option: tuple[str, ...] = ()
    schema: str | None = None
    schema_list: str | None = None
    rows: str | None = None
    csv: bool = False
    tsv: bool = False
    verbosity: str | None = None
    logprobs: bool = False


class ServerToolOptions(NamedTuple):
    """Which of the provider's own tools the model may use, and how."""

    search: bool = False
    search_x: bool = False
    search_domain: tuple[str, ...] = ()
    search_recency: str | None = None
    search_context: str | None = None
    search_location: str | None = None
    fetch: bool = False
    code: bool = False
    file_search: tuple[str, ...] = ()
    maps: bool = False


class MoneyOptions(NamedTuple):
    """What the answer may cost."""

    max_cost: str | None = None
    count: bool = False  # type: ignore[assignment]  # hides tuple.count, which nobody uses
    cache: str | None = None
    tier: str | None = None


class OutputOptions(NamedTuple):
    """How the answer is shown, and where."""

    extract: bool = False
    extract_lang: str | None = None
    json: bool = False
    events: bool = False
    plain: bool = False
    markdown: bool = False
    output: str | None = None
    show_reasoning: bool = False
    hide_reasoning: bool = False
    quiet: bool = False
    usage: bool = False
    play: bool = False
    resolve_links: bool = False


class TransportOptions(NamedTuple):
    """How the request travels; ``timeout`` in seconds."""

    no_stream: bool = False
    timeout: float | None = None
    retries: int | None = None
    region: str | None = None
    strict: bool = False
    wire: str | None = None
    header: tuple[str, ...] = ()
    dry_run: bool = False
    debug: bool = False
    live: bool = False


class ToolingOptions(NamedTuple):
    """Which local tools the model may call, and within what bounds."""

    tool: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    max_rounds: int | None = None
    root: str | None = None
    mcp: tuple[str, ...] = ()


class AskOptions(NamedTuple):
    """All options of one question to one model; those not given are unset."""

    model: str | None = None
    target: TargetOptions = TargetOptions()
    conversation: ConversationOptions = ConversationOptions()
    input: InputOptions = InputOptions()
    sampling: SamplingOptions = SamplingOptions()
    money: MoneyOptions = MoneyOptions()
    output: OutputOptions = OutputOptions()
    transport: TransportOptions = TransportOptions()
    config_dir: str | None = None
    server_tools: ServerToolOptions = ServerToolOptions()
    tooling: ToolingOptions = ToolingOptions()
    each: EachOptions = EachOptions()

    def with_changes(self, **changes: Any) -> "AskOptions":
        """A copy with other values, each under its option's name.

        Errors: ``TypeError`` for a name that no option has.
        """
        made = self
        for name, value in changes.items():
            group = _group_of(name)
            if group:
                value = getattr(made, group)._replace(**{name: value})
            made = made._replace(**{group or name: value})
        return made

    def option_value(self, name: str) -> Any:
        """The value of the option called ``name``. Errors: ``TypeError`` if there is none."""
        group = _group_of(name)
        return getattr(getattr(self, group) if group else self, name)


def _group_of(name: str) -> str:
    """The group of the option called ``name``; empty if it is in none."""
    for field, kind in AskOptions.__annotations__.items():
        grouped = hasattr(kind, "_fields")
        if name in kind._fields if grouped else name == field:
            return field if grouped else ""
    raise TypeError(f"there is no option '{name}'")
