"""Adapts every medium of a request to its model and wire, or says why it cannot.

New media must arrive as intended: others are refused before anything is sent (exit 5). Media
of earlier turns that the model does not support are replaced by text, with a remark.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from aichat.app.media import content
from aichat.app.media.facts import rule_kind
from aichat.app.media.shape import shape_media
from aichat.app.media.takers import Taker, find_taker, other_wire
from aichat.core.media.rules import MediaRule
from aichat.core.message.compose import inline_text
from aichat.core.message.media import VIDEO_PAGE, Media, ProviderFile, Url
from aichat.core.message.message import Message, Part, Text, ToolResult
from aichat.core.message.server_tools import ServerTools
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.server_tools import ToolSpec, chosen_specs
from aichat.disk.catalogue import media_rules, models
from aichat.errors import AichatError, Fault, usage_error
from aichat.process.stdin import format_size
from aichat.values import NamedTuple
from aichat.wires.resources.files import dialect_of


class FittedMessages(NamedTuple):
    """Messages ready to encode, a remark for each adaptation, and further notes."""

    messages: tuple[Message, ...]
    remarks: tuple[str, ...]
    notes: tuple[str, ...]


def fit_media(
    messages: tuple[Message, ...],
    target: Endpoint,
    model: str,
    tools: ServerTools | None = None,
) -> FittedMessages:
    """The messages adapted to ``model`` at ``target``; ``tools`` may open files with code.

    Errors: ``invalid_request`` (exit 5) for unsupported media; ``usage`` for what cannot
    be read or converted.
    """
    last = max((n for n, message in enumerate(messages) if message.role == "user"), default=-1)
    fitter = _Fitter(messages, target, model, tools)
    fitted = tuple(
        message._replace(parts=tuple(fitter.parts(message, is_new=number >= last)))
        for number, message in enumerate(messages)
    )
    notes = (*fitter.notes, *(_unread_notes(fitted[last:]) if target.redaction else ()))
    return FittedMessages(fitted, tuple(fitter.remarks), notes)


def _unread_notes(messages: tuple[Message, ...]) -> Iterator[str]:
    """Notes on media when private data is replaced: their content is not searched."""
    for message in messages:
        for part in message.parts:
            if isinstance(part, Media) and not content.is_text(part):
                yield f"{part.label} goes as it is: [privacy] redact replaces texts alone"


#: The subject of a refusal.
_WHO, _CODE = "this model", "this provider's code"


class _Fitter:
    """The state of one request while its media are adapted."""

    def __init__(
        self,
        messages: tuple[Message, ...],
        target: Endpoint,
        model: str,
        tools: ServerTools | None,
    ) -> None:
        self._target, self._model = target, model
        chosen = chosen_specs(tools, target.server_tools, model) if tools else {}
        self._code: ToolSpec = chosen.get("code", {})
        self._rules = media_rules.read(target.provider.id, target.wire)
        known = models.find(target.provider.id, model)
        self._inputs = known.inputs if known else ()
        self._images = sum(
            isinstance(part, Media) and part.kind == "image" for m in messages for part in m.parts
        )
        self._sent = 0  # bytes sent inline
        self.remarks: list[str] = []
        self.notes: list[str] = []

    def parts(self, message: Message, *, is_new: bool) -> Iterator[Part]:
        """The parts of one message; a model's own media are left to its wire."""
        for part in message.parts:
            if isinstance(part, Media) and message.role == "user":
                yield from self._fit_parts(part, is_new=is_new)
            elif isinstance(part, ToolResult):
                yield part._replace(parts=tuple(map(self._fit_below, part.parts)))
            else:
                yield part

    def _fit_parts(self, media: Media, *, is_new: bool) -> Iterator[Text | Media]:
        """A medium for the model itself, for its code, or both."""
        if not media.for_code or not content.is_there(media):
            yield self._fit(media, is_new=is_new)
            return
        way, told = self._code.get("files"), len(self.remarks)
        if way != "upload" or self._is_seen(media):
            seen = self._fit(media if way else media._replace(for_code=False), is_new=is_new)
            yield seen
            if is_new and self._code and not way:
                del self.remarks[told if isinstance(seen, Text) else len(self.remarks) :]
                self.remarks.append(f"{media.label}: {_CODE} opens no files, the model is told it")
        if way == "upload":
            self._check_kept(media, content.size_of(media) or 0)
            yield content.as_stream(media)
        if is_new and way:
            self._tell_code(media)

    def _is_seen(self, media: Media) -> bool:
        """Whether the model itself gets the medium as well as its code."""
        kind = rule_kind(media)
        return kind in ("image", "pdf") and self._is_taken(kind, self._rules.rule(kind))

    def _tell_code(self, media: Media) -> None:
        """Note where a file goes, and what that may cost."""
        size, name = format_size(content.size_of(media) or 0), self._target.provider.name
        note = self._code.get("files_note")
        told = f"{media.label}: {size} to {name} for its code"
        self.notes.append(f"{told} ({note})" if note else told)

    def _part_for_code(self, media: Media) -> Text | Media:
        """A part for code too, which any text can be. Errors: for unsupported types."""
        types = self._code.get("file_types", ("*",))
        media = media._replace(for_code=False)
        if not any(fnmatchcase(media.mime, pattern) for pattern in types):
            if not content.is_text(media):
                raise self._refused(
                    f"{media.label} cannot be sent: {_CODE} takes {', '.join(types)}"
                )
            media = media._replace(mime="text/plain")
        if not media.mime.startswith("text/"):
            return self._choose(media)
        size = content.size_of(media) or 0
        if not self._is_uploaded(media, size):
            self._check_size(media, size, 0)
        return content.as_stream(media)

    def _fit_below(self, part: Text | Media) -> Text | Media:
        """A part of a tool's result, which the user did not choose to send."""
        return self._fit(part, is_new=False) if isinstance(part, Media) else part

    def _fit(self, media: Media, *, is_new: bool) -> Text | Media:
        if not content.is_there(media):
            return self._missing(media, is_new=is_new)
        told = len(self.notes)
        try:
            chosen = self._choose(media)
            if not is_new:  # it was reported when it was new
                del self.notes[told:]
            return chosen
        except AichatError as error:
            if is_new:
                raise
            self.remarks.append(f"{error.fault.message}: left out of this request")
            return Text(f"[{media.label}]")

    def _missing(self, media: Media, *, is_new: bool) -> Text:
        if is_new:
            raise usage_error(f"cannot read {media.address}")
        self.remarks.append(f"{media.label} is no longer there: left out of this request")
        return Text(f"[{media.label}, which is no longer there]")

    def _choose(self, media: Media) -> Text | Media:
        """The medium in the best supported form. Errors: if there is none."""
        if media.for_code:
            return self._part_for_code(media)
        kind = rule_kind(media)
        rule = self._rules.rule(kind)
        if not self._is_taken(kind, rule):
            is_read = self._is_read_there(media) and not content.is_text(media)
            return content.as_stream(media) if is_read else self._as_text(media, kind)
        if kind == "image" and rule.max_count and self._images > rule.max_count:
            most = f"at most {rule.max_count} images in one request"
            raise self._refused(f"{self._images} images cannot be sent: {_WHO} takes {most}")
        media = self._with_options(media, rule)
        if isinstance(media.source, ProviderFile):
            return media
        if isinstance(media.source, Url) and self._fetches(media, rule):
            return media
        if kind == "image":
            media = self._shape(media, rule)
        return self._hand_over(self._without_place(media), kind, rule)

    def _is_taken(self, kind: str, rule: MediaRule) -> bool:
        """Whether wire and model support a kind; for an unknown model, whether the wire does."""
        looked_for = "pdf" if kind == "office" else kind
        if self._target.card.blind and kind == "image":
            return False
        knows = rule.every_model or not self._inputs or looked_for in self._inputs
        return bool(rule.how) and knows

    def _with_options(self, media: Media, rule: MediaRule) -> Media:
        """The medium with the options that the wire supports."""
        if media.detail and media.detail not in rule.detail:
            self.remarks.append(f"{media.label}: '{media.detail}' detail is not supported here")
            media = media._replace(detail=None)
        if media.clip:
            rate = "@" in media.clip
            is_range = not media.clip.startswith("@")
            if (rate and "rate" not in rule.clip) or (is_range and "range" not in rule.clip):
                self.remarks.append(
                    f"{media.label}: a part of it ('{media.clip}') cannot be asked for here"
                )
                kept = media.clip[media.clip.find("@") :] if rate and "rate" in rule.clip else None
                media = media._replace(clip=kept)
        return media

    def _fetches(self, media: Media, rule: MediaRule) -> bool:
        """Whether the provider fetches the medium's URL itself."""
        if media.mime == VIDEO_PAGE:
            if rule.web_pages:
                return True
            raise self._refused_kind(media, "video", "videos of web pages")
        return "url" in rule.how and (not rule.types or media.mime in rule.types)

    def _shape(self, media: Media, rule: MediaRule) -> Media:
        """An image in a supported format and size, upright, without its location."""
        side = rule.side
        if rule.crowd and self._images > rule.crowd:
            side = min(rule.crowd_side, side or rule.crowd_side)
        shaped = shape_media(media, rule._replace(side=side))
        self.remarks += shaped.remarks
        self.notes += shaped.notes
        return shaped.media

    def _without_place(self, media: Media) -> Media:
        """A video or an unconverted photo without its location."""
        blanks = content.place_blanks_of(media)
        if not blanks:
            return media
        self.notes.append(f"{media.label}: location removed")
        return content.without_place(media, blanks)

    def _hand_over(self, media: Media, kind: str, rule: MediaRule) -> Text | Media:
        """The medium inline, uploaded if large, or as text if there is no other way."""
        if rule.types and media.mime not in rule.types and media.kind == "audio":
            media = self._convert_sound(media, rule)
        if rule.types and media.mime not in rule.types:
            formats = ", ".join(sorted(t.partition("/")[2] for t in rule.types))
            why = f"{media.label} cannot be sent: {_WHO} takes {kind} as {formats}"
            ways = "nothing was sent; ffmpeg, where it is installed, has it converted"
            raise self._refused(why, ways if kind == "audio" else "nothing was sent")
        if content.size_of(media) is None:
            media = media._replace(source=content.bytes_of(media))
        self._check_pages(media, rule)
        size = content.size_of(media) or 0
        if self._is_uploaded(media, size) and "id" in rule.how:
            return content.as_stream(media)
        if "inline" not in rule.how:
            return self._as_text(media, kind)
        self._check_size(media, size, rule.max_bytes)
        return content.as_stream(media)

    def _convert_sound(self, media: Media, rule: MediaRule) -> Media:
        """Audio in a supported format, or unchanged if it cannot be converted."""
        from aichat.app.media.sound.convert import convert_sound  # rarely needed

        made = convert_sound(media, rule.types)
        if made is None:
            return media
        self.notes.append(f"{media.label}: sent as {made.mime}")
        return made

    def _is_uploaded(self, media: Media, size: int) -> bool:
        """Whether the medium is uploaded before the request is sent."""
        dialect = dialect_of(self._target)
        if dialect is None or media.kind not in dialect.kinds.get(self._target.wire, ()):
            return False
        self._check_kept(media, size)
        return size > dialect.inline_bytes

    def _check_kept(self, media: Media, size: int) -> None:
        """Refuse an upload above the provider's limit."""
        dialect = dialect_of(self._target)
        if dialect and size > dialect.max_bytes:
            raise self._refused(
                f"{media.label} has {size / 10**6:.1f} MB: {self._target.provider.name} keeps "
                f"files up to {dialect.max_bytes / 10**6:.0f} MB"
            )

    def _is_read_there(self, media: Media) -> bool:
        """Whether the provider extracts a document's text for the model."""
        dialect = dialect_of(self._target)
        return (
            dialect is not None
            and media.kind == "document"
            and media.mime != "image/svg+xml"
            and (dialect.sends_text or self._model.startswith(dialect.document_models or ("\0",)))
        )

    def _check_size(self, media: Media, size: int, most: int) -> None:
        """Refuse what is too large to be inline, by itself or together with other media."""
        self._sent += size
        if most and size > most:
            raise self._refused(
                f"{media.label} has {size / 10**6:.1f} MB: {_WHO} takes up to {most / 10**6:g} MB"
            )
        body = self._rules.body
        if body and self._sent * 4 // 3 > body:
            raise self._refused(
                f"{media.label} makes the request larger than {body / 10**6:g} MB, "
                f"which is all that {self._target.provider.name} takes"
            )

    def _check_pages(self, media: Media, rule: MediaRule) -> None:
        if media.mime != "application/pdf":
            return
        if any(b"/Encrypt" in end for end in content.ends_of(media)):
            raise usage_error(f"{media.label} has a password", "save it without one first")
        if rule.max_pages:
            from aichat.core.media.duration import count_pages

            pages = count_pages(content.bytes_of(media))
            if pages > rule.max_pages:
                raise self._refused(
                    f"{media.label} has {pages:,} pages: {_WHO} takes up to {rule.max_pages:,}",
                    "attach part of it: #1-100",
                )

    def _as_text(self, media: Media, kind: str) -> Text:
        """A document as its text. Errors: if it has none."""
        if media.mime == "image/svg+xml" or content.is_text(media):
            if (content.size_of(media) or 0) > content.MAX_TEXT:
                raise self._refused(f"{media.label} is too large to be sent as text")
            text = content.bytes_of(media).decode("utf-8", "replace")
        elif kind in ("pdf", "office"):
            from aichat.app.media.documents import document_text  # most are sent unchanged

            text = document_text(media)
        else:
            what = "no such file" if kind == "other" else f"no {kind}"
            raise self._refused_kind(media, kind, what)
        self.remarks.append(f"{media.label}: sent as text, which is all that {self._model} takes")
        return Text(inline_text(media.name or media.mime, text))

    def _refused_kind(self, media: Media, kind: str, what: str) -> AichatError:
        message = f"{media.label} cannot be sent: {_WHO} takes {what}"
        taker = find_taker(self._target, kind)
        return self._refused(message, _taker_hint(taker, self._target, kind))

    def _refused(self, message: str, hint: str = "nothing was sent") -> AichatError:
        provider = self._target.provider.id
        return AichatError(
            Fault("invalid_request", message, hint, provider=provider, model=self._model)
        )


def _taker_hint(taker: Taker | None, target: Endpoint, kind: str) -> str:
    """What supports the kind instead."""
    provider = target.provider
    if target.card.blind and kind == "image":
        return "nothing was sent; put the model's projector (mmproj-*.gguf) beside its file"
    if taker is None and (other := other_wire(target, kind)):
        return f"nothing was sent; use --wire {other}, which takes {kind}"
    if taker is None:
        return f"nothing was sent; no model of {provider.name} takes {kind}: use another --provider"
    wire = "" if taker.wire == target.wire else f" --wire {taker.wire}"
    return f"nothing was sent; use -m {provider.id}/{taker.model}{wire}, which does"
