"""One of several models being asked: its question and its answer."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from aichat.app.exchange.context import Watch
from aichat.app.exchange.exchange import Exchange
from aichat.app.exchange.final_answer import final_answer
from aichat.app.history.recorder import Recorder
from aichat.app.question.request import Attempt
from aichat.app.setup.setup import Setup
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event
from aichat.core.message.message import Message
from aichat.errors import Fault
from aichat.values import NamedTuple

if TYPE_CHECKING:  # few conversations are that long
    from aichat.app.exchange.recovery.overflow import Shortening

#: An attempt, and the watch that ends its answer if it costs too much.
WatchedAttempt = tuple[Attempt, Watch | None]


class SentQuestion(NamedTuple):
    """A question under way; ``finish`` adds what else is known about its answer."""

    attempt: Attempt
    exchange: Exchange
    recorder: Recorder
    finish: Callable[[Answer], Answer] | None = None

    def answer(self) -> Answer:
        """The answer, as shown."""
        answer = final_answer(self.exchange, self.attempt)
        answer = answer._replace(conversation=self.recorder.conversation)
        return self.finish(answer) if self.finish else answer

    def interrupt(self, signum: int) -> Answer:
        """End it here, unless it is already complete."""
        if not self.exchange.answer().is_complete:
            self.exchange.interrupt(signum)
        return self.answer()


class Entrant:
    """One model, from its setup to its answer."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.provider, self.model = setup.provider.id, setup.model.value
        self.name = f"{self.provider}/{self.model}"
        self.sent_question: SentQuestion | None = None
        self.answer: Answer | None = None  # once it has ended
        self.shortening: Shortening | None = None  # if its conversation did not fit
        self.summary: SentQuestion | None = None  # under way

    @property
    def is_local(self) -> bool:
        """Whether the model runs on this machine, and must be loaded first."""
        return self.setup.provider.engine is not None

    def fail(self, fault: Fault) -> None:
        """Record a fault: it was not asked."""
        fault = fault._replace(provider=fault.provider or self.provider, model=self.model)
        said = Message("assistant", (), self.provider, self.model)
        self.answer = Answer(self.provider, self.model, said, fault=fault)

    def keep_media(self, events: list[Event]) -> list[Event]:
        """The events of its answer, with media kept as files."""
        return self.sent_question.recorder.keep_media(events) if self.sent_question else events

    def interrupt(self, signum: int) -> None:
        """End it here."""
        if self.summary and self.sent_question:
            self.summary.interrupt(signum)
            self.end_summary(self.summary)
            fault = Fault("interrupted", "interrupted", signum=signum)
            self.answer = self.sent_question.answer()._replace(fault=fault)
        elif self.sent_question:
            self.answer = self.sent_question.interrupt(signum)
        else:
            self.fail(Fault("interrupted", "interrupted", signum=signum))

    def end_summary(self, sent: SentQuestion) -> Answer:
        """The summary as far as it got: it is counted, and no longer under way."""
        self.summary, summary = None, sent.answer()
        sent.recorder.end(summary)
        return summary
