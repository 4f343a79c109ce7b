"""Transcribing recordings of any length: at once, in parts, or as a provider's job."""

from collections.abc import Callable
from math import ceil

from aichat.app.billing.metered import Metered, Used
from aichat.app.billing.sound import (
    Transcription,
    record_transcription,
    transcription_price,
)
from aichat.app.calls.resource import ResourceContext, protocol_error
from aichat.app.jobs.beginning import begin, mark_of, new_job, unfinished
from aichat.app.jobs.ending import CountUse, check_end, settle
from aichat.app.jobs.following import follow_job
from aichat.app.jobs.generate.results import fetch_bytes
from aichat.app.jobs.kept import JobKeeper
from aichat.app.media.files.resuming import digest_of
from aichat.app.media.sound.parts import join, split
from aichat.app.media.sound.recording import Recording, on_disk
from aichat.app.media.sound.transcribe import (
    dialect_of,
    keep,
    limits_of,
    of_part,
    transcribe,
    transcription_call,
)
from aichat.core.billing.money import total_cost
from aichat.core.billing.usage import Quantity, Usage, UsageDetail
from aichat.core.media.transcript import Transcript
from aichat.core.message.media import Url
from aichat.core.provider.job import Job, JobReport
from aichat.core.text.numbers import count_of
from aichat.disk.files.atomic import check_new_target
from aichat.disk.paths import expand_path
from aichat.values import NamedTuple
from aichat.wires.resources.audio.transcription import TranscriptionSpec
from aichat.wires.resources.audio.transcripts import parse_document
from aichat.wires.resources.files import FileSpec

#: The most bytes of a transcript: many hours with timestamps per word.
_MAX_DOCUMENT = 256 << 20


class TranscriptOutput(NamedTuple):
    """The format and target of a transcript, stored with its job; ``timeout`` is in seconds."""

    format: str | None = None
    timestamps: str | None = None
    target: str | None = None
    force: bool = False
    again: bool = False
    timeout: float | None = None


_TO_STDOUT = TranscriptOutput()


class Gathered:
    """The transcripts of a recording's parts so far, each with its offset in seconds."""

    def __init__(self) -> None:
        self.parts: list[tuple[float, Transcription]] = []

    @property
    def whole(self) -> Transcription:
        """All parts joined."""
        found = [made for _, made in self.parts]
        return Transcription(
            join([(offset, made.transcript) for offset, made in self.parts]),
            sum(each.seconds for each in found),
            Usage(
                _sum([each.usage.input for each in found]),
                _sum([each.usage.output for each in found]),
            ),
            total_cost([each.cost for each in found]),
        )


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def write_down(
    metered: Metered,
    spec: TranscriptionSpec,
    recording: Recording,
    gathered: Gathered,
    output: TranscriptOutput = _TO_STDOUT,
    on_text: Callable[[str], object] | None = None,
) -> None:
    """Transcribe a recording into ``gathered``, which keeps what came before a failure.

    ``on_text`` gets streamed text. Errors: as of any request, of a job, and for a recording
    that has to be split but cannot be here.
    """
    context = metered.context
    if dialect_of(context).abilities_of(spec.model).job:
        gathered.parts.append((0.0, _by_job(context, spec, recording, output)))
        return
    with split(recording, limits_of(context, spec.model)) as parts:
        if len(parts) > 1:
            context.say(_told_of_parts(spec, len(parts)))
        for part in parts:
            seconds = part.recording.seconds
            metered.check_next(transcription_price(context, spec.model, seconds))
            asked = of_part(spec, part.recording)
            found = transcribe(context, asked, part.recording, _behind(on_text, part.offset))
            made = record_transcription(metered, found, seconds)
            gathered.parts.append((part.offset, made))


def _told_of_parts(spec: TranscriptionSpec, count: int) -> str:
    said = f"{spec.name} is sent in {count} parts, cut where it is quiet"
    return f"{said}; who speaks is told apart within each" if spec.diarize else said


def _behind(
    on_text: Callable[[str], object] | None, offset: float
) -> Callable[[str], object] | None:
    """``on_text`` for a part: with a space before the text of later parts."""
    if on_text is None or not offset:
        return on_text
    tell, begins = on_text, [" "]

    def add(text: str) -> None:
        tell(begins.pop() + text.lstrip() if begins and text.strip() else text)

    return add


def lost_after(gathered: Gathered) -> str:
    """How much of a recording was transcribed before a failure."""
    offset, made = gathered.parts[-1]
    seconds = count_of(round(offset) + made.seconds, "second")
    return f"the first {seconds} came before it ended"


# -- as a job


def _by_job(
    context: ResourceContext,
    spec: TranscriptionSpec,
    recording: Recording,
    output: TranscriptOutput,
) -> Transcription:
    """Transcribe by a provider's job, which is recorded."""
    keeper = JobKeeper(context.world, context.say)
    way = dialect_of(context).abilities_of(spec.model).job
    mark = mark_of(context, "transcript", _content(recording), *spec._replace(path="", name=""))
    job = None if output.again else unfinished(context, mark, keeper)
    if job is None:
        wish = output._asdict() | {"seconds": recording.seconds}
        new = new_job(context, "transcript", way.way if way else "", mark)
        new = new._replace(model=spec.model, words=spec.name, wish=wish)
        reference = recording.url or keep(context, spec, recording)
        call = transcription_call(context, spec, recording, reference)
        job = begin(context, new, call, keeper)
    return follow_transcript(context, job, keeper, output.timeout)


def _content(recording: Recording) -> str:
    """A recording's identity: its URL, or a digest of its content."""
    if recording.url:
        return recording.url
    with on_disk(recording) as path:
        return digest_of(FileSpec(str(path), "", recording.mime, recording.size, "audio"))


def follow_transcript(
    context: ResourceContext, job: Job, keeper: JobKeeper, timeout: float | None
) -> Transcription:
    """The transcript of a job at its end, counted once. Errors: those of a job."""
    report = follow_job(context, job, keeper, timeout)
    job = settle(context, job, report, keeper, COUNTS)
    check_end(context, job, report)
    transcript = _read_document(context, report)
    seconds = ceil(report.seconds or transcript.seconds or job.wish.get("seconds") or 0)
    return Transcription(transcript, seconds, report.usage, job.cost)


def _read_document(context: ResourceContext, report: JobReport) -> Transcript:
    """The transcript at the report's URL. Errors: those of the net, ``protocol``."""
    source = report.results[0].source
    data = fetch_bytes(context, source.address, _MAX_DOCUMENT) if isinstance(source, Url) else b""
    found = parse_document(data)
    if found is None:
        raise protocol_error(context, "the result of the job is no transcript")
    return found


def _count_transcript(_context: ResourceContext, job: Job, report: JobReport) -> Used:
    """The transcribed seconds."""
    seconds = ceil(report.seconds or job.wish.get("seconds") or 0)
    detail = UsageDetail({"audio_second": seconds})
    return Used(report.usage, detail, report.cost, Quantity("transcribe", "second", seconds))


#: How to count a transcript.
COUNTS: dict[str, CountUse] = {"transcript": _count_transcript}


def target_of(job: Job, output: str | None, *, force: bool) -> str | None:
    """The file for the transcript of a job that is waited for again; None for stdout.

    Errors: ``usage`` if it exists; ``output`` (exit 13).
    """
    wished = output or job.wish.get("target")
    if not wished or wished == "-":
        return None
    path = expand_path(wished)
    check_new_target(path, force=force)
    return str(path)
