"""``aichat replay``: asks a stored conversation's questions again, and compares the answers."""

from collections.abc import Sequence
from functools import partial

from aichat.app.exchange.context import TurnContext
from aichat.app.history.open import find_conversation, open_store
from aichat.app.history.recorder import Recorder
from aichat.app.setup.options import setup_from_options
from aichat.app.setup.setup import RecalledOptions, Setup
from aichat.app.setup.targets import Targets
from aichat.app.shell.ask import NoteSink
from aichat.commands.replay.asker import Asker, Purse, together
from aichat.commands.replay.judge import Ruling, judge, judge_question
from aichat.commands.replay.questions import (
    StoredQuestion,
    prepare_again,
    questions_of,
    recalled_options,
)
from aichat.commands.replay.show import Pair, ReplayPage, replay_json
from aichat.core.cli.argv import JSON_OPTION, Argument, Command, Option
from aichat.core.cli.options import ASK_OPTIONS, AskOptions
from aichat.core.text.numbers import count_of
from aichat.errors import usage_error
from aichat.process.place import NOWHERE
from aichat.process.signals import resend_signals
from aichat.process.world import World
from aichat.values import NamedTuple

#: Faults with which all further questions would fail too.
_LASTING = frozenset(("auth", "permission", "quota", "budget", "not_found", "not_recorded"))

_SHARED = (
    *("provider", "profile", "temperature", "top_p", "max_tokens", "seed", "effort", "option"),
    *("max_cost", "timeout", "retries", "region", "wire", "quiet", "debug"),
)


class ReplayOptions(NamedTuple):
    """The options of ``aichat replay``."""

    id: str
    model: str | None
    judge: str | None
    json: bool
    provider: str | None
    profile: str | None
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    seed: int | None
    effort: str | None
    option: tuple[str, ...]
    max_cost: str | None
    timeout: float | None
    retries: int | None
    region: str | None
    wire: str | None
    quiet: bool
    debug: bool
    config_dir: str | None


def run(world: World, options: ReplayOptions) -> int:
    """Ask again and show both answers; returns the exit code of the first failure."""
    with resend_signals():
        store = open_store(world)
        given = store.conversation(find_conversation(store, options.id))
        questions = questions_of(given)
        if not questions:
            raise usage_error(f"{given.about.id} has no question that was answered")
        asker, judging = _askers(world, options, questions)
        _announce(world, options, questions, asker, judging)
        page = None if options.json else ReplayPage(world)
        found: list[Pair] = []
        for number, question in enumerate(questions):
            one = _compare(asker, judging, question, number)
            found.append(one)
            if page:
                page.show(one)
            if any(fault.signum or fault.kind in _LASTING for fault in one.faults):
                break
        if options.json:
            world.write_json(replay_json(given.about.id, options.judge, found))
        elif page:
            page.close(found)
    return _exit_code(world, found)


def _compare(asker: Asker, judging: Asker | None, question: StoredQuestion, number: int) -> Pair:
    """Ask one question again; a failed answer is not judged."""
    after = asker.ask(prepare_again(question, f"replay-{number}"))
    if judging is None or after.fault:
        return Pair(question.text, question.answer, after)
    told = judge(judging, question, after, number)
    verdict, failed = (told, None) if isinstance(told, Ruling) else (None, told)
    return Pair(question.text, question.answer, after, verdict, failed)


def _exit_code(world: World, found: Sequence[Pair]) -> int:
    faults = [fault for each in found for fault in each.faults]
    for fault in faults:
        if fault.signum:
            return fault.ending
        world.report_fault(fault)
    return faults[0].exit_code if faults else 0


def _askers(
    world: World, options: ReplayOptions, questions: Sequence[StoredQuestion]
) -> tuple[Asker, Asker | None]:
    """The asker for answers, and that for verdicts, if any. Errors: as of a setup."""
    asked = _ask_options(options)
    recalled = RecalledOptions() if options.model else recalled_options(questions[-1])
    setup = setup_from_options(world, asked, recalled)
    make = partial(_asker, world, Purse())
    if options.judge is None:
        return make(asked, setup), None
    judges = AskOptions(options.judge).with_changes(
        **{name: getattr(options, name) for name in ("max_cost", "timeout", "retries")},
        no_save=True,
        quiet=True,
    )
    judges = judges._replace(config_dir=options.config_dir)
    return make(asked, setup), make(judges, setup_from_options(world, judges, RecalledOptions()))


def _asker(world: World, purse: Purse, options: AskOptions, setup: Setup) -> Asker:
    def tell(line: str) -> None:
        world.say(f"aichat: {line}")

    recorder = Recorder(world.environ, world.clock, tell, place=NOWHERE)
    sink = NoteSink(world, world.write_text, tell)
    return Asker(TurnContext(world, options, sink, recorder, Targets(world, tell)), setup, purse)


def _ask_options(options: ReplayOptions) -> AskOptions:
    changes = {name: getattr(options, name) for name in _SHARED}
    made = AskOptions(options.model).with_changes(**changes, no_save=True)
    return made._replace(config_dir=options.config_dir)


def _announce(
    world: World,
    options: ReplayOptions,
    questions: Sequence[StoredQuestion],
    asker: Asker,
    judging: Asker | None,
) -> None:
    """Show the estimate before anything is sent. Errors: ``budget`` if it is too high."""
    prepared = [prepare_again(question, "replay") for question in questions]
    planned = [(asker, prepared, "question")]
    if judging:
        verdicts = [judge_question(one, one.answer.text, 0) for one in questions]
        planned.append((judging, verdicts, "verdict"))
    estimates = []
    for who, asked, what in planned:
        estimates.append(who.estimate(asked))
        if not options.quiet:
            count = count_of(len(asked), what)
            world.say(f"aichat: {count} of {who.name}: {estimates[-1].description}")
    asker.check(prepared[0], together(estimates))


COMMAND = Command(
    name="replay",
    summary="Ask a conversation's questions again, and compare the answers.",
    examples=(
        "aichat replay last -m groq/openai/gpt-oss-20b",
        "aichat replay rivers -m openai --judge anthropic/claude-sonnet-5-5 --json",
    ),
    options=(
        Option(("-m", "--model"), "Who answers; else the one that did.", metavar="M"),
        Option(("--judge",), "Have this model score both answers.", metavar="MODEL"),
        *(option for option in ASK_OPTIONS if option.name in _SHARED),
        JSON_OPTION,
    ),
    arguments=(Argument("id", "The conversation: its id, its title or last."),),
    run=run,
    reads=ReplayOptions,
)
