"""``ask --each``: one question about many inputs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aichat.app.calls.dry_run import print_call
from aichat.app.calls.fan_out import JobGroup
from aichat.app.history.recorder import Recorder
from aichat.app.jobs.each.inputs import InputSource, open_source
from aichat.app.jobs.each.lane import EachQuestion, Lane, LaneShared
from aichat.app.jobs.each.output import finish_event
from aichat.app.jobs.each.tally import Tally
from aichat.app.jobs.each.tools import RowTools
from aichat.app.media.files.placer import preview_uploads
from aichat.app.question.input import AttachmentTerms, Question, collect_attachments
from aichat.app.question.prepare import read_instructions
from aichat.app.question.prompts.role import Role, open_role
from aichat.app.question.thread import Thread
from aichat.app.setup.endpoint import make_endpoint
from aichat.app.setup.keys import placeholder_key
from aichat.app.setup.options import setup_from_options, wanted_prompt
from aichat.app.setup.setup import RecalledOptions, Setup
from aichat.app.tools.desk import open_desk
from aichat.app.tools.rounds import ToolDesk
from aichat.commands.ask.each_batch import batch_options
from aichat.commands.ask.each_command import EachCommand
from aichat.commands.ask.each_forecast import describe_forecast, foresee
from aichat.commands.ask.output import AskOutput
from aichat.core.cli.each.template import WordTemplate, parse_template
from aichat.core.cli.options import AskOptions
from aichat.core.config.precedence import value_of
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Notice
from aichat.core.message.compose import Attachment
from aichat.core.provider.pace.pace import Pace
from aichat.disk.config import credentials
from aichat.errors import AichatError, usage_error
from aichat.net.transport.pool import ConnectionPool
from aichat.process.world import World
from aichat.term.answer.plain import TextSink


def ask_each(world: World, words: tuple[str, ...], choices: Sequence[AskOptions]) -> int:
    """Ask about every input, and return the exit code."""
    _check_options(choices[0], words)
    role, words, choices = _open_prompts(world, words, choices)
    options = choices[0]
    output = AskOutput(world, options)
    try:
        source = open_source(world, options.each, options.output.output)
        setups = [setup_from_options(world, one, RecalledOptions()) for one in choices]
        if options.each.batch:
            choices = [batch_options(*pair) for pair in zip(choices, setups, strict=True)]
            setups = [setup_from_options(world, one, RecalledOptions()) for one in choices]
        with _open_desk(world, setups[0], options, output) as desk:
            question = _read_question(world, words, (options, setups[0], role, desk), output)
            if options.transport.dry_run:
                return _preview(world, source, question, (choices, setups), output)
            output.check_writable()
            command = EachCommand(world, source, question, (choices, setups), output)
            return command.run(RowTools(desk) if desk else None)
    except AichatError as error:
        if options.output.events and error.fault.kind != "output":
            world.write_text(finish_event(Tally(0.0, None), error.fault, 0.0))
        world.report_fault(error.fault)
        return error.fault.exit_code


def _check_options(options: AskOptions, words: Sequence[str]) -> None:
    """Raise (``usage``) for options that make no sense with many inputs."""
    each, conversation, output = options.each, options.conversation, options.output
    if not each.each:
        raise usage_error("--each is missing", "it names the inputs: a file, -, a folder, a glob")
    if each.jobs is not None and each.jobs < 1:
        raise usage_error("--jobs must be at least 1")
    others = {
        "-c": conversation.goes_on or conversation.conversation,
        "--background": conversation.background,
        "--resume": conversation.resume,
        "--in": conversation.in_,
        "--tool-result": conversation.tool_result,
        "--cached": conversation.cached,
        "--edit": options.input.edit,
        "--rows": options.sampling.rows,
        "--events and --output": output.events and output.output,
        "--play": output.play,
        "--markdown": output.markdown,
        "--count": options.money.count,
        "--batch and --events": each.batch and output.events,
        "-f -": "-" in options.input.file,
        "- in the words": "-" in words,
    }
    if found := next((name for name, given in others.items() if given), None):
        raise usage_error(f"--each and {found} cannot be combined")
    if (output.json or output.events) and (options.sampling.csv or options.sampling.tsv):
        raise usage_error("--json and a table cannot be combined")


@contextmanager
def _open_desk(
    world: World, setup: Setup, options: AskOptions, output: AskOutput
) -> Iterator[ToolDesk | None]:
    """The tools to run for every input, approved by rules only. Errors: as of ``open_desk``."""
    if not (setup.conduct.tools or setup.conduct.mcp):
        yield None
        return
    if options.each.batch:
        raise usage_error("--batch and tools that run here cannot be combined")
    nobody = world._replace(stderr_tty=False)  # is asked
    sink = TextSink(nobody, output.tell, output.tell, terminal=False)
    desk = open_desk(nobody, setup, options, lambda _: sink, output.tell)
    try:
        yield desk
    finally:
        if desk:
            desk.kit.close()


_Opened = tuple[Role | None, tuple[str, ...], Sequence[AskOptions]]


def _open_prompts(world: World, words: tuple[str, ...], choices: Sequence[AskOptions]) -> _Opened:
    """The command line, with the options that the prompt of ``-t`` or of the profile sets."""
    wanted = wanted_prompt(world, choices[0])
    if wanted is None:
        return None, words, choices
    role, rest = open_role(world, words, choices[0], wanted, AskOutput(world, choices[0]).tell)
    if role.prompt.steps:
        raise usage_error("--each and a prompt of several steps cannot be combined")
    return role, rest, [*map(role.options_for, choices)]


def _read_question(
    world: World,
    words: tuple[str, ...],
    given: tuple[AskOptions, Setup, Role | None, ToolDesk | None],
    output: AskOutput,
) -> EachQuestion:
    """The question to ask about each input. Errors: ``usage``."""
    options, setup, role, desk = given
    for warning in credentials.file_warnings(setup.config_file):
        output.tell(f"warning: {warning}")
    for notice in setup.project_notices:
        output.tell(notice)
    recorder = Recorder(world.environ, world.clock, output.tell)
    thread = Thread(recorder.new_id(), "each")
    plain = options.with_changes(csv=False, tsv=False)
    instructions = read_instructions(setup, plain, thread, output.tell)
    if role:
        instructions = instructions._replace(examples=role.prompt.examples)
    instructions = desk.equip(instructions) if desk else instructions
    stdin = Attachment("stdin")
    terms = AttachmentTerms(_read_no_resource, value_of(setup.server_tools.code, False))
    files = collect_attachments(world, options.input, stdin, output.tell, terms)
    return EachQuestion(_template(words), instructions, thread, tuple(files), role)


def _template(words: Sequence[str]) -> WordTemplate:
    try:
        return parse_template(" ".join(words))
    except ValueError as error:
        raise usage_error(f"--each: {error}") from None


def _read_no_resource(name: str) -> Sequence[Attachment]:
    raise usage_error(f"{name}: servers cannot be asked with --each")


def _preview(
    world: World,
    source: InputSource,
    question: EachQuestion,
    asked: tuple[Sequence[AskOptions], Sequence[Setup]],
    output: AskOutput,
) -> int:
    """Print the request for the first input, and the forecast for all of them."""
    group = JobGroup[Answer | Notice]()
    recorder = Recorder(world.environ, world.clock, output.tell, quiet=True)
    shared = LaneShared(world, question, ConnectionPool(), group.halt, recorder)
    lanes = [
        Lane(shared, options, setup, make_endpoint(setup, placeholder_key(setup)), Pace())
        for options, setup in zip(*asked, strict=True)
    ]
    if source.is_repeatable:
        forecast = foresee(world, source, question, lanes, recorder)
        for line in describe_forecast(forecast, lanes, batch=asked[0][0].each.batch):
            output.tell(line)
    first = _first_question(source, question)
    for number, lane in enumerate(lanes):
        attempt = lane.attempt(first)
        if number:
            world.write_text("\n")
        request, _ = preview_uploads(attempt.request, attempt.target)
        print_call(world, attempt._replace(request=request).call(), target=lane.target)
    return 0


def _first_question(source: InputSource, question: EachQuestion) -> Question:
    """The question about the first usable input. Errors: ``usage`` if there is none."""
    error = usage_error(f"nothing to ask: {source.name} has no inputs")
    for row in source.open():
        read = question.read(row)
        if not isinstance(read, AichatError):
            return read
        error = read
    raise error
