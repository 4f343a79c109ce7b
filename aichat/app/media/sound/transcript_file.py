"""Transcripts as files and text, in the requested format."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from aichat.core.media.transcript import (
    Transcript,
    as_document,
    format_srt,
    format_text,
    format_vtt,
)
from aichat.disk.files.atomic import write_whole

FORMATS = ("text", "json", "srt", "vtt")

#: Formats with a single function.
_WRITERS: Mapping[str, Callable[[Transcript], str]] = {
    "json": lambda transcript: json.dumps(as_document(transcript), ensure_ascii=False) + "\n",
    "srt": format_srt,
    "vtt": format_vtt,
}


def format_transcript(transcript: Transcript, style: str | None, timestamps: str | None) -> str:
    """A transcript in one of ``FORMATS``."""
    if writer := _WRITERS.get(style or "text"):
        return writer(transcript)
    return format_text(transcript, timestamps)


def write_out(
    target: str, style: str | None, timestamps: str | None, transcript: Transcript
) -> None:
    """Write a transcript to its file. Errors: ``output``."""
    text = format_transcript(transcript, style, timestamps)
    write_whole(Path(target), text.encode("utf-8", "replace"))
