"""One model that is asked about the inputs: its questions and answers."""

import hashlib
from collections.abc import Generator, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from aichat.app.billing.budget import Estimate, SpendCheck, estimate_cost
from aichat.app.calls.caller import CallOptions
from aichat.app.calls.fan_out import Halt
from aichat.app.calls.options import CallHooks, call_options
from aichat.app.calls.refusals import refusal_memory
from aichat.app.exchange.exchange import Exchange
from aichat.app.exchange.final_answer import check_extract, final_answer, load_prices
from aichat.app.exchange.recovery.correction import settle
from aichat.app.history.answer_media import MediaKeeper
from aichat.app.history.recorder import Recorder
from aichat.app.jobs.each.gate import Gate, Passage
from aichat.app.jobs.each.inputs import InputRow
from aichat.app.jobs.each.money import RunBudget, spend_check
from aichat.app.jobs.each.tools import RowTools, RowTurn, Send
from aichat.app.media.files.placer import media_placer
from aichat.app.question.attachments import read_attachments
from aichat.app.question.input import Question
from aichat.app.question.prepare import PreparedQuestion, prepare
from aichat.app.question.prompts.role import Role
from aichat.app.question.request import Attempt, make_attempt
from aichat.app.question.thread import Instructions, Thread
from aichat.app.setup.setup import Setup
from aichat.core.cli.each.template import MissingFieldError, WordTemplate
from aichat.core.cli.options import AskOptions
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Notice
from aichat.core.exchange.request import Request
from aichat.core.message.cache_marks import NO_PLAN
from aichat.core.message.compose import Attachment
from aichat.core.message.media import LocalFile, Media
from aichat.core.message.message import Message
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.pace.pace import Pace
from aichat.errors import AichatError, usage_error
from aichat.net.transport.pool import ConnectionPool
from aichat.process.world import World
from aichat.values import NamedTuple


class EachQuestion(NamedTuple):
    """The question about every input: a template, files and instructions."""

    template: WordTemplate
    instructions: Instructions
    thread: Thread
    files: tuple[Attachment, ...] = ()
    role: Role | None = None

    def about(self, row: InputRow) -> Question:
        """The question about one input. Errors: ``usage``, naming the row."""
        attached = read_attachments(row.path, _say_nothing) if row.path else []
        takes_text = self.template.takes_whole
        text = self._words(row, _text_of(row, attached) if takes_text and row.path else row.text)
        if not (row.path or self.template.has_fields):
            text = "\n\n".join(filter(None, (text, row.text)))
        files = (*self.files, *(() if takes_text else attached))
        question = Question(text, files)
        question = self.role.apply(question) if self.role else question
        if not (question.text.strip() or question.files):
            which = row.path or f"--each: row {row.number}"
            raise usage_error(f"{which} is empty: there is nothing to ask")
        return question

    def read(self, row: InputRow) -> Question | AichatError:
        """The question about one input, or the error if a file cannot be read.

        Errors: ``usage``, naming a row that is not a file, or has no such field.
        """
        if row.path is None:
            return self.about(row)
        self._words(row, row.text)  # what it lacks, all files lack
        try:
            return self.about(row)
        except AichatError as error:
            return error

    def _words(self, row: InputRow, whole: str) -> str:
        try:
            return self.template.fill(whole, row.fields)
        except MissingFieldError as error:
            known = ", ".join(row.fields) or "none: it is no record"
            why = f"--each: row {row.number} has no field '{error}'"
            raise usage_error(why, f"its fields: {known}") from None

    @property
    def words(self) -> str:
        """The text as typed, as far as it distinguishes questions."""
        return "".join(
            piece if isinstance(piece, str) else f"{{{piece.name}}}"
            for piece in self.template.pieces
        )

    @property
    def sample(self) -> Question:
        """A sample question, without an input."""
        return Question("{}", self.files)

    def prepare(self, question: Question, now: float) -> PreparedQuestion:
        """A question prepared as the start of a conversation."""
        return prepare(self.thread, self.instructions, question, now, _say_nothing)


def _text_of(row: InputRow, attached: Iterable[Attachment]) -> str:
    """The text of a file. Errors: ``usage`` if it has none."""
    found = [one.text for one in attached if not one.media]
    if not found:
        hint = "leave {} out of the words, and it is attached"
        raise usage_error(f"--each: row {row.number}: {row.path} is not text", hint)
    return "".join(found).removesuffix("\n")


class LaneShared(NamedTuple):
    """What all lanes of a run share."""

    world: World
    question: EachQuestion
    pool: ConnectionPool
    halt: Halt
    recorder: Recorder
    tools: RowTools | None = None


class _Asked(NamedTuple):
    """One question in flight: its number, the name for its media, and its passage.

    ``budget`` is that of the run.
    """

    number: int
    name: str
    passage: Passage
    budget: RunBudget


class Lane:
    """One model: asked with ``options``, by its setup and endpoint."""

    def __init__(
        self, shared: LaneShared, options: AskOptions, setup: Setup, target: Endpoint, pace: Pace
    ) -> None:
        self.options, self.setup, self.target = options, setup, target
        self._shared = shared
        self.gate = Gate(pace, shared.world.clock)
        self.name = f"{setup.provider.id}/{setup.model.value}"

    @property
    def identity(self) -> tuple[str, str, str]:
        """Provider, model and wire."""
        return self.target.provider.id, self.setup.model.value or "", self.target.wire

    def attempt(self, question: Question) -> Attempt:
        """The attempt for a question. Errors: as of ``make_attempt``."""
        now = self._shared.world.clock.now()
        prepared = self._shared.question.prepare(question, now)
        return make_attempt(prepared, self.setup, self.options, self.target, now)

    def estimate(self, question: Question) -> Estimate:
        """What a question would cost; one that cannot be sent costs nothing."""
        try:
            return estimate_cost(self.spend_check(question))
        except AichatError:
            return Estimate(None, 0, is_exact=False, output=0)

    def spend_check(self, question: Question) -> SpendCheck:
        """The check of what a question costs. Errors: as of ``make_attempt``."""
        return spend_check(self._shared.world, self.attempt(question), self._shared.recorder)

    @property
    def fingerprint(self) -> bytes:
        """A fingerprint of everything that affects answers except the question."""
        attempt = self.attempt(self._shared.question.sample)
        output = self.options.output
        who = (self.target.provider.id, self.target.base_url)  # the wire does not change questions
        shape = (output.extract, output.extract_lang, *who)
        asked = repr((attempt.request._replace(cache=NO_PLAN, stream=True), *shape))
        return hashlib.sha256(asked.encode("utf-8", "replace")).digest()

    def begin(
        self, number: int, question: Question, name: str, budget: RunBudget
    ) -> Iterator[list[Answer | Notice]]:
        """Ask about one input: yields notices of waits, and finally the answer.

        It counts as in flight at once, though nothing is sent before it is iterated. An answer
        that exceeds the ``budget`` is stopped.
        """
        clock = self._shared.halt.clock(self._shared.world.clock)
        return self._pass(_Asked(number, name, Passage(self.gate, clock), budget), question)

    def _pass(self, asked: _Asked, question: Question) -> Iterator[list[Answer | Notice]]:
        """Ask, and leave the gate after yielding the answer, so that its cost counts first."""
        try:
            yield from self._ask(asked, question)
        finally:
            asked.passage.end()

    def _ask(self, asked: _Asked, question: Question) -> Iterator[list[Answer | Notice]]:
        try:
            attempt = self.attempt(question)
        except AichatError as error:
            yield [self.failed_answer(error)]
            return
        send = partial(self._send, asked, MediaKeeper(None, f"aichat-{asked.name}"))
        notices: list[Answer | Notice] = []
        try:
            answer = yield from send(attempt)
            if tools := self._shared.tools:
                turn = RowTurn(send, asked.passage.away, asked.passage.check)
                attempt, answer = yield from tools.follow(attempt, answer, turn)
            if schema := self._shared.question.instructions.schema:
                again = partial(_ask_again, send, attempt)
                tell = partial(_add_notice, notices)
                answer = settle(answer, schema, self.options, attempt.request, tell, again).shown
        except AichatError as error:
            answer = self.failed_answer(error)
        yield [*notices, check_extract(answer, self.options.output)]

    def _send(
        self, asked: _Asked, media: MediaKeeper, attempt: Attempt
    ) -> Generator[list[Answer | Notice], None, Answer]:
        """Send one request: yields notices of waits, and returns the answer."""
        exchange = self._exchange(asked, attempt, media)
        yield from self._run(exchange, asked.passage)
        answer = final_answer(exchange, attempt)
        asked.passage.take_answer(answer)
        return answer

    def failed_answer(self, error: AichatError) -> Answer:
        """The failed answer to a question that could not be sent."""
        provider, model = self.setup.provider.id, self.setup.model.value
        fault = error.fault._replace(provider=provider, model=model)
        said = Message("assistant", (), provider, model)
        return Answer(provider, model, said, fault=fault)

    def _run(self, exchange: Exchange, passage: Passage) -> Iterator[list[Answer | Notice]]:
        """Run the exchange, yielding only notices of waits."""
        try:
            for events in exchange:
                if waits := [e for e in events if isinstance(e, Notice) and e.kind == "retry"]:
                    for notice in waits:
                        passage.take_wait(notice)
                    yield [*waits]
        except AichatError as error:
            exchange.fail(error.fault)

    def _exchange(self, asked: _Asked, attempt: Attempt, media: MediaKeeper) -> Exchange:
        world, halt = self._shared.world, self._shared.halt
        placed = (attempt.setup, attempt.target, attempt.request)
        watch = asked.budget.watch(asked.number, world, attempt, self._shared.recorder)
        hooks = CallHooks(
            *(partial(load_prices, attempt), media.keep, watch, halt.on_connect(asked.number)),
            refusal_memory(world, attempt.target, attempt.request.model),
            self._shared.pool,
            media_placer(world, self.options, placed, _say_nothing),
        )
        calls: CallOptions = call_options(attempt.setup, self.options.transport, world.say, hooks)
        return Exchange(attempt.request, attempt.target, asked.passage.clock, calls)


def row_key(fingerprint: bytes, question: Question) -> bytes:
    """The key of a question's answer: a digest of everything that is asked."""
    digest = hashlib.sha256(fingerprint)
    for part in (question.text, *(_content_of(file) for file in question.files)):
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.digest()[:16]


def path_key(fingerprint: bytes, row: InputRow) -> bytes:
    """The key for the question about an unreadable file."""
    path = (row.path or "").encode("utf-8", "surrogateescape")
    return hashlib.sha256(fingerprint + b"unread:" + path).digest()[:16]


def _content_of(file: Attachment) -> str | bytes:
    if file.media is None:
        return f"{file.name}\n{file.text}"
    return _media_digest(file.media)


def _media_digest(media: Media) -> bytes:
    source: Any = media.source
    if isinstance(source, LocalFile):
        with Path(source.path).open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").digest()
    if isinstance(source, bytes):
        return hashlib.sha256(source).digest()
    return repr(source).encode()


def _ask_again(send: Send, attempt: Attempt, request: Request, _: AskOptions) -> Answer:
    """The answer to a corrected request, without notices of waits."""
    sent = send(attempt._replace(request=request))
    while True:
        try:
            next(sent)
        except StopIteration as end:
            answer: Answer = end.value
            return answer


def _add_notice(notices: list[Answer | Notice], line: str) -> None:
    notices.append(Notice("schema", line))


def _say_nothing(_: str) -> None:
    """Report nothing, since there are too many requests."""
