"""What is attached goes as the model takes it, or is refused before anything is sent."""

from pathlib import Path
from typing import Any

import pytest

from aichat import providers
from aichat.app.media.fit import FittedMessages, fit_media
from aichat.core.catalogue.card import Card
from aichat.core.message.media import LocalFile, Media, ProviderFile, Url
from aichat.core.message.message import Message, Text, ToolResult
from aichat.core.provider.endpoint import Endpoint
from aichat.disk.files.attached import AttachedFile
from aichat.errors import AichatError
from aichat.providers.custom import provider as custom_provider
from tests.support.values.media import (
    MP3,
    SVG,
    docx,
    exif,
    heic,
    jpeg_header,
    located_exif,
    mp4,
    pdf,
    png,
    wav,
)

PNG = Media("image/png", png(20, 20), "a.png")
PDF = Media("application/pdf", pdf(2), "a.pdf")


def target(provider: str, wire: str | None = None) -> Endpoint:
    asked = providers.load(provider)
    return Endpoint(asked, wire or asked.wires[0], "https://h/v1")


def fit(
    media: Media, provider: str, wire: str | None = None, model: str | None = None
) -> FittedMessages:
    endpoint = target(provider, wire)
    messages = (Message("user", (media, Text("What is it?"))),)
    return fit_media(messages, endpoint, model or endpoint.provider.default_model or "m")


def fitted(*words: Any, **more: Any) -> Any:
    return fit(*words, **more).messages[0].parts[0]


def refusal(*words: Any, **more: Any) -> tuple[str, int, str]:
    with pytest.raises(AichatError) as caught:
        fit(*words, **more)
    return caught.value.fault.message, caught.value.fault.exit_code, caught.value.fault.hint


def test_what_is_taken_stays_as_it_is() -> None:
    assert fit(PNG, "openai") == ((Message("user", (PNG, Text("What is it?"))),), (), ())


def test_a_file_is_read_only_while_it_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(20, 20))
    source = fitted(PNG._replace(source=LocalFile(str(path), is_attached=True)), "openai").source
    assert isinstance(source, AttachedFile)
    assert b"".join(source) == b"".join(source) == path.read_bytes()
    path.write_bytes(b"short")
    with pytest.raises(AichatError, match="shrank while it was being sent"):
        b"".join(source)


REFUSED = {
    "no pictures at all": (
        (PNG, "groq"),
        "a.png (image/png) cannot be sent: this model takes no image",
        "nothing was sent; use -m groq/qwen/qwen3.8-27b, which does",
    ),
    "no sound": (
        (Media("audio/mpeg", MP3, "a.mp3"), "anthropic"),
        "takes no audio",
        "no model of Anthropic takes audio: use another --provider",
    ),
    "sound on another wire": (
        (Media("audio/mpeg", MP3, "a.mp3"), "openai"),
        "takes no audio",
        "use -m openai/gpt-audio",
    ),
    "no video": (
        (Media("video/mp4", mp4(1), "a.mp4"), "openai"),
        "takes no video",
        "no model of OpenAI takes video",
    ),
    "a page with a video": (
        (Media("video/x-web-page", Url("https://youtu.be/x"), "v"), "qwen"),
        "takes videos of web pages",
        "",
    ),
    "another format of sound": (
        (Media("audio/ogg", b"OggS", "a.ogg"), "openai", "chat", "gpt-audio-1.5"),
        "this model takes audio as mpeg, wav",
        "nothing was sent",
    ),
    "too small": (
        (Media("image/png", png(4, 40), "a.png"), "qwen"),
        "at least 11 pixels a side",
        "nothing was sent",
    ),
    "a bomb": (
        (
            Media(
                "image/png",
                png(2, 2)[:16] + (60_000).to_bytes(4) * 2 + png(2, 2)[24:],
                "bomb.png",
            ),
            "openai",
        ),
        "bomb.png (image/png) cannot be sent: 60000x60000 pixels are more than anybody looks at",
        "nothing was sent",
    ),
    "too many pages": (
        (Media("application/pdf", b"%PDF-1.4 " + b"/Type /Page " * 601, "a.pdf"), "anthropic"),
        "has 601 pages: this model takes up to 600",
        "#1-100",
    ),
    "too much": (
        (Media("video/webm", b"\x1aE\xdf\xa3" + bytes(105_000_001), "v"), "moonshot"),
        "v (video/webm) has 105.0 MB: Moonshot keeps files up to 105 MB",
        "nothing was sent",
    ),
}


@pytest.mark.parametrize(("words", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_taken_is_refused_with_a_remedy(
    words: tuple[Any, ...], message: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")  # nothing converts sound
    said, code, remedy = refusal(*words)
    if "videos of web pages" not in message:
        assert message in said
    assert code == 5
    assert hint in remedy


def test_too_many_pictures_are_refused() -> None:
    messages = (Message("user", (PNG,) * 4),)
    with pytest.raises(AichatError, match="4 images cannot be sent: this model takes at most 3"):
        fit_media(messages, target("groq"), "meta-llama/llama-4-scout-17b-16e-instruct")


def test_what_is_too_large_to_go_along_is_left_to_be_uploaded(tmp_path: Path) -> None:
    film = Media("video/mp4", mp4(1) + bytes(21 << 20), "v.mp4")
    assert fitted(film, "gemini") == film
    path = tmp_path / "v.mp4"
    path.write_bytes(mp4(1) + bytes(8 << 20))
    named = film._replace(source=LocalFile(str(path), is_attached=True))
    assert fitted(named, "qwen").source.path == path
    paper = Media("application/pdf", pdf(1), "a.pdf")
    assert fitted(paper, "xai") == paper  # it has no other channel
    assert fitted(paper, "moonshot") == paper  # which reads it itself


def test_what_is_too_much_together_is_refused() -> None:
    noise = Media("video/webm", b"\x1aE\xdf\xa3" + bytes(40_000_000), "v")
    with pytest.raises(AichatError, match="larger than 100 MB, which is all that Moonshot takes"):
        fit_media((Message("user", (noise, noise)),), target("moonshot"), "kimi-k3.1-pro")


def test_what_nobody_knows_is_sent() -> None:
    """A model that the catalogue does not have may take what its wire can say."""
    assert fitted(PNG, "groq", model="tomorrow") == PNG
    box = Endpoint(custom_provider("box", {"base_url": "http://h"}), "chat", "http://h")
    assert fit_media((Message("user", (PDF,)),), box, "m").messages[0].parts == (PDF,)


TEXTS = {
    "pdf": (PDF, "a.pdf\n```\nThis is page 1\n\nThis is page 2\n```\n\n"),
    "docx": (
        Media(
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            docx("One", "Two"),
            "a.docx",
        ),
        "a.docx\n```\nOne\nTwo\n```\n\n",
    ),
    "svg": (
        Media("image/svg+xml", SVG, "a.svg"),
        f"a.svg\n```\n{SVG.decode()}\n```\n\n",
    ),
}


@pytest.mark.parametrize(("media", "text"), TEXTS.values(), ids=TEXTS)
def test_a_document_goes_as_text_where_only_text_is_taken(media: Media, text: str) -> None:
    found = fit(media, "groq")
    assert found.messages[0].parts[0] == Text(text)
    assert found.remarks == (
        f"{media.label}: sent as text, which is all that openai/gpt-oss-120b takes",
    )


def test_a_pdf_with_a_password_is_known_before_it_is_sent() -> None:
    locked = Media("application/pdf", pdf(1, b"/Encrypt 9 0 R"), "a.pdf")
    assert refusal(locked, "anthropic")[:2] == ("a.pdf (application/pdf) has a password", 2)


URL = Media("image/png", Url("https://example.com/a.png"), "a.png")


def test_an_address_goes_to_who_fetches_it() -> None:
    assert fitted(URL, "openai") == URL
    assert fitted(URL._replace(mime="image/webp"), "anthropic").source == URL.source
    assert fitted(Media("video/x-web-page", Url("https://youtu.be/x")), "gemini").source == Url(
        "https://youtu.be/x"
    )


def test_what_a_provider_keeps_stays_there() -> None:
    kept = Media("image/png", ProviderFile("file-1"), "a.png")
    assert fitted(kept, "openai") == kept


def test_a_detail_that_cannot_be_said_is_left_out_with_a_word() -> None:
    assert fitted(PNG._replace(detail="low"), "openai").detail == "low"
    found = fit(PNG._replace(detail="low"), "anthropic")
    assert found.messages[0].parts[0] == PNG
    assert found.remarks == ("a.png (image/png): 'low' detail is not supported here",)


CLIPS = [
    ("gemini", None, "10s-60s@1", "10s-60s@1"),
    ("qwen", None, "10s-60s@1", "@1"),
    ("qwen", None, "@2", "@2"),
    ("moonshot", None, "10s-60s", None),
]


@pytest.mark.parametrize(("provider", "wire", "clip", "kept"), CLIPS)
def test_a_part_of_a_video_that_cannot_be_asked_for(
    provider: str, wire: str | None, clip: str, kept: str | None
) -> None:
    found = fit(Media("video/mp4", mp4(61), "v.mp4", clip=clip), provider, wire)
    (media, _) = found.messages[0].parts
    assert isinstance(media, Media) and media.clip == kept
    assert bool(found.remarks) == (kept != clip)


def test_a_local_model_without_its_projector_sees_nothing() -> None:
    local = target("local", "chat")._replace(card=Card(blind=True))
    with pytest.raises(AichatError, match="takes no image") as caught:
        fit_media((Message("user", (PNG,)),), local, "eye.gguf")
    assert "put the model's projector (mmproj-*.gguf) beside its file" in caught.value.fault.hint
    seeing = (Message("user", (PNG,)),)
    assert fit_media(seeing, target("local", "chat"), "eye.gguf").messages == seeing


def test_what_an_earlier_turn_showed_stands_as_words_where_it_cannot_be_seen() -> None:
    earlier = (Message("user", (PNG,)), Message("assistant", (Text("A square."),)))
    found = fit_media((*earlier, Message("user", (Text("Sure?"),))), target("groq"), "llama-x")
    assert found.messages[0].parts == (PNG,)  # nobody knows that model
    found = fit_media(
        (*earlier, Message("user", (Text("Sure?"),))), target("groq"), "openai/gpt-oss-120b"
    )
    assert found.messages[0].parts == (Text("[a.png (image/png)]"),)
    assert found.remarks == (
        "a.png (image/png) cannot be sent: this model takes no image: left out of this request",
    )


def test_what_a_tool_returned_never_stops_a_question() -> None:
    result = Message("tool", (ToolResult("1", "draw", (Text("drawn"), PNG)),))
    found = fit_media((result,), target("groq"), "openai/gpt-oss-120b")
    assert found.messages[0].parts[0] == ToolResult(
        "1", "draw", (Text("drawn"), Text("[a.png (image/png)]"))
    )


def test_a_file_that_is_gone_is_told_once(tmp_path: Path) -> None:
    gone = Media("image/png", LocalFile(str(tmp_path / "gone.png"), is_attached=True), "gone.png")
    with pytest.raises(AichatError, match=r"cannot read .*gone.png"):
        fit(gone, "openai")
    later = (Message("user", (gone,)), Message("user", (Text("And?"),)))
    found = fit_media(later, target("openai"), "gpt-6.1-terra")
    assert found.messages[0].parts == (Text("[gone.png (image/png), which is no longer there]"),)
    assert len(found.remarks) == 1


def test_a_file_that_a_conversation_names_is_never_read(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png(20, 20))
    named = Media("image/png", LocalFile(str(tmp_path / "secret.png")), "secret.png")
    found = fit_media((Message("user", (named,)), Message("user", ())), target("openai"), "m")
    assert found.messages[0].parts == (Text("[secret.png (image/png), which is no longer there]"),)
    with pytest.raises(AichatError):
        fit(named, "openai")


def test_where_a_photo_was_taken_is_not_told() -> None:
    photo = Media("image/jpeg", jpeg_header(20, 20, exif(located=True)), "p.jpg")
    found = fit(photo, "openai")
    assert found.messages[0].parts[0] == photo._replace(source=jpeg_header(20, 20))
    assert (found.remarks, found.notes) == ((), ("p.jpg (image/jpeg): location removed",))


def test_where_a_phones_photo_was_taken_is_not_told() -> None:
    photo = Media("image/heic", heic(located_exif()), "p.heic")
    found = fit(photo, "gemini")
    part = found.messages[0].parts[0]
    assert isinstance(part, Media) and part.data and len(part.data) == len(photo.data or b"")
    assert (2772).to_bytes(4) not in part.data
    assert (found.remarks, found.notes) == ((), ("p.heic (image/heic): location removed",))
    assert fit(photo._replace(source=part.data), "gemini").notes == ()


def test_sound_is_taken_where_the_model_hears() -> None:
    sound = Media("audio/wav", wav(0.1), "a.wav")
    assert fitted(sound, "gemini") == sound
    assert fitted(sound, "openai", "chat", "gpt-audio-1.5") == sound
