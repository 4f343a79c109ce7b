"""The work of ``ask`` while the connection may already be opening."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from aichat.app.exchange import show
from aichat.app.exchange.context import TurnContext, estimate_cost
from aichat.app.exchange.turn import carry_out, is_saved
from aichat.app.history.recorder import Recorder
from aichat.app.question.input import AttachmentTerms, Question, read_question
from aichat.app.question.prepare import PreparedQuestion, prepare, read_instructions
from aichat.app.question.request import Attempt, make_attempt
from aichat.app.question.thread import Thread, open_thread
from aichat.app.setup.early import EarlySetup
from aichat.app.setup.endpoint import make_endpoint
from aichat.app.setup.keys import placeholder_key
from aichat.app.setup.options import setup_from_options, wanted_prompt
from aichat.app.setup.setup import Setup
from aichat.app.setup.targets import Targets
from aichat.commands.ask.output import AskOutput
from aichat.commands.ask.question import AskedQuestion, GivenQuestion
from aichat.core.cli.options import AskOptions
from aichat.core.config.precedence import value_of
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.outcome import with_next_step
from aichat.core.http.call import Call
from aichat.core.message.compose import Attachment
from aichat.disk.config import credentials
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.place import find_place
from aichat.process.world import World

if TYPE_CHECKING:
    from aichat.app.history.last import LastConversation
    from aichat.app.tools.rounds import ToolDesk
    from aichat.commands.ask.steps import StepsContext


def ask_one(
    world: World, words: tuple[str, ...], options: AskOptions, early: EarlySetup | None
) -> int:
    """Ask one model, show its answer, and return the exit code."""
    given = GivenQuestion(words, options) if early else _open_prompt(world, words, options)
    options = given.shown
    show.check_output(options.output)
    check_background(options)
    if options.conversation.cached:
        from aichat.app.exchange.stored_answer import check_cached  # rarely used

        check_cached(options)
    output = AskOutput(world, options)
    recorder = _make_recorder(world, options, output)
    targets = early.targets if early else Targets(world)
    targets.tell = output.tell
    try:
        if options.transport.dry_run:
            return _preview(world, given, recorder, output)
        output.check_writable()
        known = early.setup if early else None
        asked = _read_question(world, given, recorder, output, known)
        setup = asked.setup
        if steps := _steps(world, given, output):
            from aichat.commands.ask.steps import ask_steps

            answer = ask_steps(steps, asked, recorder, targets, _answer)
        else:
            sink = output.open_sink(setup.config_file.config.ui, asked.question.schema)
            turn = TurnContext(world, options, sink, recorder, targets)
            answer = _answer(_reviewed(turn, asked.question), asked)
        if is_saved(setup, options):
            answer = with_next_step(answer, "finish it with: aichat ask -c")
        output.finish(answer)
        if answer.background and not answer.fault:
            output.show_id(answer)
    except AichatError as error:
        answer = output.fail(error.fault)
    if answer.fault is None:
        return 0
    world.report_fault(answer.fault)
    return answer.fault.ending


def check_background(options: AskOptions) -> None:
    """Raise (``usage``) if a background answer could not be fetched or shown later."""
    conversation, output = options.conversation, options.output
    if conversation.background:
        others = {"--no-save": conversation.no_save, "--resume": conversation.resume}
        others |= {"--live": options.transport.live}
        others |= {"--output": output.output, "--extract": output.extract or output.extract_lang}
        if found := next((name for name, given in others.items() if given), None):
            raise usage_error(f"--background and {found} cannot be combined")
    if conversation.resume and (conversation.goes_on or conversation.conversation):
        raise usage_error("--resume names its own conversation: leave -c and -C out")


def _open_prompt(world: World, words: tuple[str, ...], options: AskOptions) -> GivenQuestion:
    """The command line, with the options that the prompt of ``-t`` or of the profile sets.

    Errors: ``usage``, and those of ``open_role``.
    """
    wanted = wanted_prompt(world, options)
    if wanted is None and options.target.trust:
        raise usage_error("--trust is for the file of a prompt: add -t NAME or -t FILE")
    if wanted is None:
        return GivenQuestion(words, options)
    from aichat.app.question.prompts.role import open_role  # few use prompt templates

    role, rest = open_role(world, words, options, wanted, AskOutput(world, options).tell)
    return GivenQuestion(rest, role.options_for(options), role, options)


def _steps(world: World, given: GivenQuestion, output: AskOutput) -> "StepsContext | None":
    """The context for a prompt of several steps; None for any other."""
    if not (given.role and given.role.prompt.steps and given.typed):
        return None
    from aichat.commands.ask.steps import StepsContext  # few prompts have steps

    def open_desk(setup: Setup, options: AskOptions) -> "ToolDesk | None":
        return _open_desk(world, setup, options, output)

    return StepsContext(world, output, given.role, given.typed, open_desk)


def _preview(world: World, given: GivenQuestion, recorder: Recorder, output: AskOutput) -> int:
    """Print the requests that would be sent, step by step."""
    asked = _read_question(world, given, recorder, output)
    every: Iterable[tuple[AskedQuestion, AskOptions]] = [(asked, given.options)]
    if steps := _steps(world, given, output):
        from aichat.commands.ask.steps import preview_steps

        every = preview_steps(steps, asked)
    for number, (each, options) in enumerate(every):
        if each.desk:
            each.desk.kit.close()
        if number:
            world.write_text("\n")
        _print_requests(world, each.question, [each.setup], options, output)
    return 0


def _reviewed(turn: TurnContext, question: PreparedQuestion) -> TurnContext:
    """The turn with a check for lost prompt caching, if a conversation is continued."""
    if not any(each.answer for each in question.pending.path):
        return turn
    from aichat.app.exchange.cache_watch import review_stored  # not needed for a new conversation

    estimate = partial(estimate_cost, turn.budget_context)
    return turn._replace(review=partial(review_stored, estimate=estimate))


def _answer(turn: TurnContext, asked: AskedQuestion) -> Answer:
    """The answer, after as many rounds as its tool calls need."""
    if asked.desk is None:
        return carry_out(turn, asked.question, asked.setup)
    if turn.options.conversation.background:
        raise usage_error("--background and tools that run here cannot be combined")
    from aichat.app.tools.rounds import StraightTrail, ToolTurn

    try:
        rounds = ToolTurn(turn, asked.desk, StraightTrail(), asked.question.schema)
        return rounds.run(asked.question, asked.setup)
    finally:
        asked.desk.kit.close()


def ask_several(world: World, words: tuple[str, ...], choices: Sequence[AskOptions]) -> int:
    """Ask several models at once, show their answers, and return the exit code."""
    from aichat.app.exchange.several import comparison as several  # most ask one model

    given = _open_prompt(world, words, choices[0])
    if role := given.role:
        if role.prompt.steps:
            raise usage_error("a prompt of several steps is for one model: name one -m")
        choices = [role.options_for(one) for one in choices]
    options = choices[0]
    if options.conversation.background or options.conversation.resume:
        raise usage_error("--background and --resume are for one model")
    if options.conversation.cached:
        raise usage_error("--cached is for one model")
    if options.transport.live:
        raise usage_error("--live is for one model")
    several.check_output(options.output, len(choices))
    output = AskOutput(world, options)
    output.check_writable()
    recorder = _make_recorder(world, options, output)
    asked = _read_question(world, given, recorder, output)
    if asked.desk:
        asked.desk.kit.close()
        raise usage_error("tools run for one model only: name one -m")
    question = asked.question
    setups = several.setups_for(world, question, choices)
    if options.transport.dry_run:
        return _print_requests(world, question, setups, options, output)
    context = several.ComparisonContext(world, options, output.note, world.report_fault)
    targets = Targets(world, output.tell)
    comparison = several.Comparison(context, question, setups, targets)
    answers = comparison.run(recorder)
    several.report_answers(context, answers, figures=not comparison.shows_figures)
    return _exit_code([answer.fault for answer in answers if answer.fault])


def _exit_code(faults: Sequence[Fault]) -> int:
    """That of the first that failed, or of what the user ended."""
    stopped = next((fault for fault in faults if fault.signum), None)
    return (stopped or faults[0]).ending if faults else 0


def _make_recorder(world: World, options: AskOptions, output: AskOutput) -> Recorder:
    quiet = options.conversation.no_save or options.transport.dry_run
    place = find_place(world)
    return Recorder(world.environ, world.clock, output.tell, quiet=quiet, place=place)


def _tell_last(world: World, output: AskOutput, last: "LastConversation") -> None:
    """Say which conversation ``-c`` chose; to programs only if it was not just the last."""
    if world.stderr_tty or last.is_chosen:
        output.tell(last.describe(world.clock.now()))


def _read_question(
    world: World,
    given: GivenQuestion,
    recorder: Recorder,
    output: AskOutput,
    known: Setup | None = None,
) -> AskedQuestion:
    """Resolve the setup, then read the question, so that bad settings are reported first.

    ``known`` is the setup, if it does not depend on the conversation.
    """
    words, options, role, _ = given
    tell_last = partial(_tell_last, world, output)
    thread = open_thread(recorder, options.conversation, output.tell, tell_last)
    setup = known or setup_from_options(world, options, thread.recalled_options)
    for warning in credentials.file_warnings(setup.config_file):
        output.tell(f"warning: {warning}")
    for notice in setup.project_notices:
        output.tell(notice)
    instructions = read_instructions(setup, options, thread, output.tell)
    if role:
        for notice in role.notices():
            output.tell(notice)
        instructions = instructions._replace(examples=role.prompt.examples)
    desk = _open_desk(world, setup, options, output)
    try:
        if desk:
            instructions = desk.equip(instructions)
        if options.input.edit:
            words = (_edit_words(world, words, options),)
        needed = not (thread.path or thread.unanswered or role)
        question = read_question(
            world,
            words,
            options.input,
            output.tell,
            needed=needed,
            terms=AttachmentTerms(
                partial(_read_resource, world, setup, output, desk),
                value_of(setup.server_tools.code, False),
            ),
        )
        whole = role.apply(question) if role else question
        whole = _with_project_files(whole, thread, setup, output)
        prepared = prepare(thread, instructions, whole, world.clock.now(), output.tell)
    except BaseException:
        if desk:
            desk.kit.close()
        raise
    return AskedQuestion(setup, prepared, desk, question.text)


def _with_project_files(
    question: Question, thread: Thread, setup: Setup, output: AskOutput
) -> Question:
    """A question with the files that the project attaches to each new conversation."""
    if thread.question_path or not setup.project:
        return question
    from aichat.app.question.prompts.project_files import project_attachments

    own = project_attachments(setup, output.tell)
    return question._replace(files=(*own, *question.files))


def _open_desk(
    world: World, setup: Setup, options: AskOptions, output: AskOutput
) -> "ToolDesk | None":
    """The tools to run, if any are named; otherwise none of their modules is loaded."""
    if not (setup.conduct.tools or setup.conduct.mcp):
        return None
    from aichat.app.tools.desk import open_desk

    ui = setup.config_file.config.ui
    return open_desk(world, setup, options, partial(output.open_sink, ui), output.tell)


def _read_resource(
    world: World, setup: Setup, output: AskOutput, desk: "ToolDesk | None", name: str
) -> Sequence[Attachment]:
    """The resource for ``-f mcp:NAME:URI``, from a server whose tools are on or from another."""
    from aichat.app.tools.mcp.offers import ServerShelf
    from aichat.app.tools.mcp.trust import TrustDesk

    sources = desk.kit.sources if desk else ()
    trust = TrustDesk(world, output.tell)
    return ServerShelf(trust, setup.config_file.config, sources).attachments(name)


def _edit_words(world: World, words: tuple[str, ...], options: AskOptions) -> str:
    """The question as edited by the user. Errors: ``usage`` if it is empty."""
    if not (world.stdin_tty and world.stdout_tty):
        raise usage_error("--edit needs a terminal", "nothing was sent")
    from aichat.app.setup.keys import without_configured_keys
    from aichat.process import editor

    draft = " ".join(words)
    text = editor.edit_text(without_configured_keys(world, options.config_dir), draft)
    if text is None:
        raise usage_error("the editor failed, so nothing was sent")
    if not text.strip():
        raise usage_error("nothing to ask: the question is empty")
    return text


def _print_requests(
    world: World,
    question: PreparedQuestion,
    setups: Sequence[Setup],
    options: AskOptions,
    output: AskOutput,
) -> int:
    """Print the request to each model, without a key, an engine or a connection."""
    from aichat.app.calls.dry_run import print_call  # here and below: for a dry run alone
    from aichat.app.media.files.placer import preview_uploads

    for number, setup in enumerate(setups):
        target = make_endpoint(setup, placeholder_key(setup))
        attempt = make_attempt(question, setup, options, target, world.clock.now())
        for notice in attempt.notices:
            output.tell(notice.message)
        if number:
            world.write_text("\n")
        request, uploads = preview_uploads(attempt.request, target)
        for name in uploads:
            output.tell(f"{name} would be uploaded first; FILE_ID stands for it")
        call = _previewed_call(attempt._replace(request=request), options)
        print_call(world, call, target=target)
    return 0


def _previewed_call(attempt: Attempt, options: AskOptions) -> Call:
    """The first request of an attempt. Errors: ``invalid_request``."""
    if not (options.conversation.background or attempt.background_id):
        return attempt.call()
    from aichat.app.exchange.background import first_call  # few answers are

    return first_call(attempt.request, attempt.target, attempt.background_id)
