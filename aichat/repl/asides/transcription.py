"""Transcribing a recording, or what is said into the microphone in a chat."""

from pathlib import Path

from aichat.app.billing.sound import open_transcription
from aichat.app.calls.resource import WRITES_DOWN
from aichat.app.jobs.transcripts import Gathered, write_down
from aichat.app.media.sound.recording import Recording, RecordingFiles, listen
from aichat.app.media.sound.transcribe import TranscriptionWish, choose_model, make_spec
from aichat.core.billing.money import format_money
from aichat.core.message.compose import Attachment
from aichat.core.text.numbers import count_of
from aichat.repl.asides.resource import open_aside, split_model
from aichat.repl.session import Session


def transcribe(session: Session, rest: str) -> None:
    """Show and attach a file's words; put what is said now into the prompt."""
    model, file = split_model(rest)
    if not file:
        session.draft = dictate(session, model)
        return
    with RecordingFiles(session.world) as files:
        recording = files.open(file)
        text = _write_down(session, recording, model)
    session.show(text)
    name = f"{Path(recording.name).stem}.txt"
    session.attachments.append(Attachment(name, text))
    session.tell(f"attached: {name}; /attach - lets it go")


def dictate(session: Session, model: str | None = None) -> str:
    """Transcribe the microphone. Errors: as in ``listen``, and those of any request."""
    lower = session.restore_echo()
    try:
        recording = listen(session.world)
    finally:
        lower()
    return _write_down(session, recording, model)


def _write_down(session: Session, recording: Recording, model: str | None) -> str:
    context = open_aside(session, WRITES_DOWN, "/transcribe -m MODEL", model)
    wish = TranscriptionWish()
    named = context.setup.model.value if model else None
    chosen = choose_model(context, wish, named, (recording,))
    spec = make_spec(context, wish, chosen, recording)
    limit = session.options.money.max_cost
    metered = open_transcription(context, chosen, recording.seconds, limit)
    gathered = Gathered()
    write_down(metered, spec, recording, gathered)
    made = gathered.whole
    money = f", {format_money(made.cost.amount, made.cost.currency)}" if made.cost else ""
    session.tell(f"{count_of(made.seconds, 'second')} of sound{money}")
    return made.transcript.text.strip()
