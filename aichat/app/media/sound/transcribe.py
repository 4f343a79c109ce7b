"""A recording written down by a provider: sent while it is read, told while it comes."""

from collections.abc import Callable

from aichat import providers
from aichat.app.calls.caller import Caller
from aichat.app.calls.resource import ResourceContext, protocol_error
from aichat.app.calls.retry import RetryLoop
from aichat.app.media.files.upload import FilesContext, put
from aichat.app.media.sound.recording import Recording
from aichat.core.http.call import Call, Header
from aichat.core.http.sse import SseReader
from aichat.disk.files.upload import CountedBody, MultipartForm
from aichat.errors import AichatError, Fault, usage_error
from aichat.net.http import Response
from aichat.process.stdin import format_size
from aichat.term.widgets.progress import ByteProgress
from aichat.values import NamedTuple
from aichat.wires.resources.audio.transcription import (
    DIALECTS,
    WISHES,
    TranscriptionDialect,
    TranscriptionSpec,
    form_request,
    json_request,
)
from aichat.wires.resources.audio.transcripts import (
    Transcribed,
    live_transcript,
    parse_transcription,
)
from aichat.wires.resources.files import FileSpec

#: Bytes of an answer: hours of speech with the times of every word.
_MAX_ANSWER = 256 << 20


class TranscriptionWish(NamedTuple):
    """What is wanted of every recording; ``live``: the words while they are found."""

    language: str | None = None
    prompt: str | None = None
    keywords: tuple[str, ...] = ()
    timestamps: str | None = None
    diarize: bool = False
    translate: bool = False
    live: bool = False

    @property
    def names(self) -> frozenset[str]:
        """What a model has to be able to do, by the names of ``WISHES``."""
        wanted = {name for name in WISHES if getattr(self, name, None)}
        return frozenset(wanted | ({self.timestamps} if self.timestamps else set()))


def choose_model(context: ResourceContext, wish: TranscriptionWish, model: str | None) -> str:
    """The model that is asked: the one that is named, or the usual one that can do all of it.

    Errors: ``invalid_request`` (exit 5) where there is none, naming those who have one.
    """
    provider = context.endpoint.provider
    dialect, wishes = DIALECTS[provider.resources.transcription], wish.names
    chosen = model or dialect.pick_model(wishes)
    lacking = dialect.lacks(chosen, wishes) if chosen else wishes
    if chosen and not lacking:
        return chosen
    what = " with ".join(WISHES[name] for name in WISHES if name in lacking)
    have = ", ".join(_who_can(wishes)) or "nobody all of it"
    raise AichatError(
        Fault("invalid_request", f"{chosen or provider.name} takes no {what} here", _these(have))
    )


def _these(have: str) -> str:
    return f"these do: {have}"


def _who_can(wishes: frozenset[str]) -> list[str]:
    """Each model that can do it, as it is named with ``-m``."""
    found = []
    for name in providers.names():
        dialect = DIALECTS.get(providers.load(name).resources.transcription)
        if dialect and (model := dialect.pick_model(wishes)):
            found.append(f"{name}/{model}")
    return found


def make_spec(
    context: ResourceContext, wish: TranscriptionWish, model: str, recording: Recording
) -> TranscriptionSpec:
    """The wish for one recording. Errors: ``invalid_request`` for one that is too large."""
    dialect = DIALECTS[context.endpoint.provider.resources.transcription]
    most = dialect.abilities_of(model).max_bytes
    if most and recording.source.size > most:
        size = format_size(recording.source.size)
        why = f"{recording.name} has {size}: {model} takes at most {format_size(most)}"
        hint = "send it in parts, or smaller: ffmpeg -i FILE -ac 1 -b:a 32k small.mp3"
        raise AichatError(Fault("invalid_request", why, hint))
    spec = TranscriptionSpec(
        *(recording.path, recording.name, recording.mime, model),
        *(wish.language, wish.prompt, wish.keywords),
        *(wish.timestamps, wish.diarize, wish.translate),
    )
    return spec._replace(stream=wish.live and dialect.streams(spec))


def dry_call(context: ResourceContext, spec: TranscriptionSpec, recording: Recording) -> Call:
    """What would be sent; what is too large to be in it is named as ``$FILE_URI``."""
    dialect = DIALECTS[context.endpoint.provider.resources.transcription]
    return _call(context, spec, recording, "$FILE_URI" if _is_kept(dialect, recording) else None)


def transcribe(
    context: ResourceContext,
    spec: TranscriptionSpec,
    recording: Recording,
    on_text: Callable[[str], object] | None = None,
) -> Transcribed:
    """Have it written down; ``on_text`` is told what comes, if it streams.

    What had come when it failed was told. Errors: those of any request; ``protocol``.
    """
    reference = _keep(context, spec, recording)
    return _send(context, spec, _call(context, spec, recording, reference), on_text)


def _is_kept(dialect: TranscriptionDialect, recording: Recording) -> bool:
    """Whether the provider has to be given the file before."""
    return bool(dialect.inline_bytes) and recording.source.size > dialect.inline_bytes


def _keep(context: ResourceContext, spec: TranscriptionSpec, recording: Recording) -> str | None:
    """Where the provider keeps the file; None where it goes with the call."""
    dialect = DIALECTS[context.endpoint.provider.resources.transcription]
    if not _is_kept(dialect, recording):
        return None
    if recording.path == "-":
        most = format_size(dialect.inline_bytes)
        raise usage_error(f"stdin has more than {most}", "save it to a file, and give that")
    files = FilesContext(context.world, context.endpoint, context.options, context.say)
    size = recording.source.size
    file = FileSpec(spec.path, spec.name, spec.mime, size, "audio", model=spec.model)
    kept = put(files, file)
    return kept.reference or kept.id


def _call(
    context: ResourceContext,
    spec: TranscriptionSpec,
    recording: Recording,
    reference: str | None,
) -> Call:
    if DIALECTS[context.endpoint.provider.resources.transcription].body:
        return json_request(context.endpoint, spec, reference or recording.source)
    call, fields = form_request(context.endpoint, spec)
    form = MultipartForm(fields, lambda _: recording.source)
    kind = Header("content-type", f"multipart/form-data; boundary={form.boundary}")
    return call._replace(headers=(*call.headers, kind), body=form)


def _send(
    context: ResourceContext,
    spec: TranscriptionSpec,
    call: Call,
    on_text: Callable[[str], object] | None,
) -> Transcribed:
    """Send it, again where nothing was done yet. What has been told is not told twice."""
    world, found = context.world, None
    caller = Caller(context.endpoint, world.clock, context.options, spec.model)
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        if on_text:
            on_text(text)

    loop = RetryLoop(caller, world.clock, lambda _: not told)
    while loop.begin_attempt():
        meter = ByteProgress(world, "sent", call.size)
        body = call.body if isinstance(call.body, tuple) else CountedBody(call.body, meter.add)
        try:
            with loop, caller.send(call._replace(body=body)) as response:
                meter.finish()
                found = _read(context, spec, response, tell)
        finally:
            meter.finish()
        if loop.wait:
            context.say(loop.wait.why)
    if found is None:
        raise protocol_error(context, "the answer has no transcript")
    return found


def _read(
    context: ResourceContext,
    spec: TranscriptionSpec,
    response: Response,
    tell: Callable[[str], None],
) -> Transcribed | None:
    is_whole = "json" in response.headers.get("content-type", "")
    if is_whole or not spec.stream:
        return parse_transcription(response.read(_MAX_ANSWER), context.endpoint)
    live = live_transcript(context.endpoint)
    for frames in response.frames(SseReader()):
        if text := live.feed(frames):
            tell(text)
    return live.close()
