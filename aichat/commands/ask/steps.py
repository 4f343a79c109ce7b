"""A prompt of several steps, each a separate question that may include the previous answer.

Together they are one conversation and one answer: the last, with the usage of all.
"""

from collections.abc import Callable, Iterator

from aichat.app.billing.remaining import with_money_left
from aichat.app.exchange.context import TurnContext
from aichat.app.exchange.show import is_drawn
from aichat.app.history.recorder import Recorder
from aichat.app.question.input import Question
from aichat.app.question.prepare import prepare, read_instructions
from aichat.app.question.prompts.role import Role
from aichat.app.question.thread import Thread, without_past
from aichat.app.setup.options import setup_from_options
from aichat.app.setup.setup import Setup
from aichat.app.setup.targets import Targets
from aichat.app.shell.ask import NoteSink
from aichat.app.tools.rounds import StraightTrail, ToolDesk
from aichat.commands.ask.output import AskOutput
from aichat.commands.ask.question import AskedQuestion
from aichat.core.cli.options import AskOptions
from aichat.core.conversation.prompt.marks import PREVIOUS
from aichat.core.exchange.answer import Answer, StepAnswer
from aichat.core.tools.rounds import sum_rounds
from aichat.errors import Fault
from aichat.process.world import World
from aichat.term.answer.forwarding import ForwardingSink
from aichat.term.answer.plain import Sink
from aichat.values import NamedTuple


class StepsContext(NamedTuple):
    """The context of steps: ``typed`` are the options without those that the prompt sets.

    ``open_desk`` opens the tools that run for a step.
    """

    world: World
    output: AskOutput
    role: Role
    typed: AskOptions
    open_desk: Callable[[Setup, AskOptions], ToolDesk | None]

    def options(self, number: int) -> AskOptions:
        """The options of a step."""
        return self.role.options_for(self.typed, number)

    @property
    def total(self) -> int:
        """The number of steps."""
        return len(self.role.steps)


def ask_steps(
    context: StepsContext,
    first: AskedQuestion,
    recorder: Recorder,
    targets: Targets,
    ask: Callable[[TurnContext, AskedQuestion], Answer],
) -> Answer:
    """Ask the steps in turn; returns the answer of the last, or of the one that failed.

    ``ask`` asks a single step. Errors: as of ``carry_out``.
    """
    draft, asked = first.question.pending.draft, first
    thread = Thread(draft.conversation, draft.title)
    answers: list[Answer] = []
    while True:
        number = len(answers)
        _tell_step(context, number, asked.setup)
        so_far = f"{number} of {context.total} steps"
        options = with_money_left(context.options(number), answers, so_far)
        sink = _StepSink(_open_sink(context, asked, number), answers)
        turn = TurnContext(context.world, options, sink, recorder, targets)
        answer = ask(turn, asked)
        if answer.fault or number + 1 == context.total:
            break
        path = StraightTrail().add_answer(recorder, asked.question)
        thread = thread._replace(path=(*thread.path, *path))
        answers.append(answer)
        previous = _text_of(context, number, answer)
        if not previous.strip():
            why = f"step {number + 1} of {context.total} says nothing that another could have"
            answer = answers.pop()._replace(fault=Fault("truncated", why))
            break
        asked = _next_step(context, thread, first, number + 1, previous)
        recorder = recorder.next_recorder()
    whole = sum_steps(answers, answer)
    if number + 1 < context.total:
        context.output.show_unfinished(whole)
    return whole


def preview_steps(
    context: StepsContext, first: AskedQuestion
) -> Iterator[tuple[AskedQuestion, AskOptions]]:
    """The question of each step, with a placeholder for the previous answer."""
    draft = first.question.pending.draft
    thread = Thread(draft.conversation, draft.title)
    for number in range(context.total):
        asked = first if not number else _next_step(context, thread, first, number, None)
        _tell_step(context, number, asked.setup)
        yield asked, context.options(number)


def sum_steps(before: list[Answer], answer: Answer) -> Answer:
    """An answer with the total usage and all texts, including those of earlier steps."""
    every = [*before, answer]
    whole = sum_rounds(every, answer.tool_runs)._replace(rounds=answer.rounds)
    steps = (StepAnswer(a.provider, a.model, a.text, a.usage, a.cost) for a in every)
    return whole._replace(steps=tuple(steps))


def _tell_step(context: StepsContext, number: int, setup: Setup) -> None:
    who = f"{setup.provider.id}/{setup.model.value}"
    context.output.tell(f"step {number + 1} of {context.total}: {who}")


def _open_sink(context: StepsContext, asked: AskedQuestion, number: int) -> Sink:
    """The sink for a step; for programs only the last step is shown."""
    world, output = context.world, context.output
    if number + 1 < context.total and not is_drawn(world, context.options(-1).output):
        return NoteSink(world, world.write_text, output.note)
    return output.open_sink(asked.setup.config_file.config.ui, asked.question.schema)


class _StepSink(ForwardingSink):
    """A sink that adds the usage of earlier steps to its answer."""

    def __init__(self, sink: Sink, before: list[Answer]) -> None:
        super().__init__(sink)
        self._before = before

    def close(self, answer: Answer) -> None:
        """Close with the total of all steps."""
        super().close(sum_steps(self._before, answer))


def _text_of(context: StepsContext, number: int, answer: Answer) -> str:
    """The part of an answer for the next step: all of it, or the code it asks for."""
    extract = context.role.steps[number].extract
    if not extract:
        return answer.text
    from aichat.term.markdown.code.numbered import first_block  # few steps are for code

    return first_block(answer.text, extract if isinstance(extract, str) else None) or ""


def _next_step(
    context: StepsContext, thread: Thread, first: AskedQuestion, number: int, previous: str | None
) -> AskedQuestion:
    """A step's question, sent by itself but stored after the previous step."""
    world, tell, options = context.world, context.output.tell, context.options(number)
    setup = setup_from_options(world, options, first.question.recalled_options)
    instructions = read_instructions(setup, options, Thread(thread.id), tell)
    instructions = instructions._replace(system=instructions.system or "")
    desk = context.open_desk(setup, options)
    if desk:
        instructions = desk.equip(instructions)
    known = {} if previous is None else {PREVIOUS: previous}
    text = context.role.step_text(number, first.given, known)
    made = prepare(thread, instructions, Question(text), world.clock.now(), tell)
    made = made._replace(pending=without_past(made.pending, thread))
    return AskedQuestion(setup, made, desk, first.given)
