"""The last answer of a chat, or other words, read aloud."""

from functools import partial

from aichat.app.billing.sound import open_speech
from aichat.app.calls.resource import SPEAKS, ResourceContext
from aichat.app.exchange.live.text_to_speech import SpeechModel, choose_speech_model
from aichat.app.media.files.rescue import saved_or_rescued
from aichat.app.media.sound.playing import find_speaker, play_samples
from aichat.app.media.sound.read_aloud import JoinedSound, read_aloud, split_spec
from aichat.core.billing.money import Cost, format_money, total_cost
from aichat.disk.files.result_name import result_path
from aichat.process.audio.devices import SamplePlayer
from aichat.repl.asides.resource import open_aside, split_model
from aichat.repl.session import Session
from aichat.wires.resources.audio.speech import SpeechSpec


def speak(session: Session, rest: str) -> None:
    """Play it, or save it here if nothing can play sound. Ctrl-C ends it."""
    model, words = split_model(rest)
    text = words or session.tree.answer_text("speak")
    context = open_aside(session, SPEAKS, "/speak -m MODEL", model)
    begin = find_speaker(session.world.environ)
    playback = begin() if begin else None
    named = context.setup.model.value if model else None
    chosen = choose_speech_model(context, named)
    spec = _spec(chosen, text, live=playback is not None)
    joined = JoinedSound("wav" if spec.live else spec.format, 1 + len(text) // 100)
    try:
        cost = _read(session, context, spec, joined, playback, chosen)
        if playback:
            playback.wait()
        else:
            path = result_path(None, text, spec.format, force=False)
            save = partial(joined.save, path)
            saved_or_rescued(session.world, save, path.name, joined.pieces)
            session.show(str(path))
    finally:
        joined.close()
        if playback:
            playback.stop()
    if cost:
        session.tell(f"read aloud: {format_money(cost.amount, cost.currency)}")


def _spec(chosen: SpeechModel, text: str, *, live: bool) -> SpeechSpec:
    """The request: samples, if they are played as they arrive."""
    dialect = chosen.dialect
    form = (dialect.live_format or "pcm") if live else dialect.formats[0]
    return SpeechSpec(text, chosen.name, dialect.voice, form, live=live)


def _read(
    session: Session,
    context: ResourceContext,
    spec: SpeechSpec,
    joined: JoinedSound,
    playback: SamplePlayer | None,
    chosen: SpeechModel,
) -> Cost | None:
    """Have the whole text read, and return the cost, if known."""
    limit = session.options.money.max_cost
    bill = open_speech(context, spec.model, spec.text, limit)
    parts = split_spec(spec, chosen.dialect)
    listen = play_samples(playback) if playback else None
    read_aloud(context, parts, joined, bill, listen, chosen.send)
    return total_cost(bill.costs)
