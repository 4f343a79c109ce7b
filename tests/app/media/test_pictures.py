"""Pictures become what is taken: format, size, upright; with Pillow, or with its install line."""

import sys
from io import BytesIO

import pytest

from aichat.app.media.pictures import PictureLimits, convert_picture
from aichat.app.media.shape import shape_media
from aichat.core.media.location import read_exif
from aichat.core.media.picture_size import PictureSize, picture_size
from aichat.core.media.rules import MediaRule
from aichat.core.message.media import Media
from aichat.errors import AichatError
from tests.support.values.media import SVG, png

Image = pytest.importorskip("PIL.Image", reason="the extra 'media' is not installed")

TAKEN = ("image/png", "image/jpeg")


def picture(
    form: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **more: object
) -> bytes:
    file = BytesIO()
    Image.new(mode, size, "red").save(file, form, **more)
    return file.getvalue()


def heic() -> bytes:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    return picture("HEIF")


FORMATS = {
    "image/bmp": ("image/png", lambda: picture("BMP")),
    "image/tiff": ("image/png", lambda: picture("TIFF")),
    "image/gif": ("image/png", lambda: picture("GIF", mode="P")),
    "image/heic": ("image/jpeg", heic),
    "image/jpeg": ("image/jpeg", lambda: picture("JPEG")),
}


@pytest.mark.parametrize("mime", FORMATS)
def test_a_picture_becomes_one_that_is_taken(mime: str) -> None:
    wanted, make = FORMATS[mime]
    made = convert_picture("a", mime, make(), PictureLimits(TAKEN))
    assert (made.mime, made.after) == (wanted, PictureSize(40, 20))
    with Image.open(BytesIO(made.data)) as opened:
        red, green, _ = opened.convert("RGB").getpixel((20, 10))
    assert red > 200 and green < 60


def test_a_drawing_is_drawn_and_no_file_of_ours_in_it(tmp_path: object) -> None:
    pytest.importorskip("resvg_py")
    made = convert_picture("a.svg", "image/svg+xml", SVG, PictureLimits(TAKEN))
    assert made.mime == "image/png" and made.after.width == 1568
    secret = f"{tmp_path}/secret.png"
    with open(secret, "wb") as file:  # noqa: PTH123
        file.write(picture("PNG"))
    naming = SVG.replace(b"<rect", f'<image href="{secret}" width="8" height="8"/><rect'.encode())
    naming = naming.replace(b"<rect", b"<g id='x'/><rect")
    assert convert_picture("a", "image/svg+xml", naming, PictureLimits(TAKEN)).data == made.data


def test_a_picture_is_turned_as_its_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    media = Media("image/jpeg", picture("JPEG", exif=exif), "p.jpg")
    shaped = shape_media(media, MediaRule(types=TAKEN))
    assert shaped.media.data is not None
    assert picture_size(shaped.media.data) == PictureSize(20, 40)
    assert read_exif(shaped.media.data).orientation == 1
    assert (shaped.remarks, shaped.notes) == ((), ())


def test_a_picture_that_is_too_large_is_shrunk_as_the_provider_would() -> None:
    media = Media("image/png", picture("PNG", (3000, 1500)), "a.png")
    rule = MediaRule(types=TAKEN, side=2000, shrink=1000)
    shaped = shape_media(media, rule)
    assert shaped.media.data and picture_size(shaped.media.data) == PictureSize(1000, 500)
    assert shaped.remarks[0].startswith("a.png (image/png): 3000x1500 (")
    assert " sent as 1000x500 (" in shaped.remarks[0]


def test_a_picture_of_too_many_bytes_is_made_smaller_until_it_fits() -> None:
    noise = Image.effect_noise((600, 600), 90)
    file = BytesIO()
    noise.save(file, "PNG")
    made = convert_picture("a", "image/png", file.getvalue(), PictureLimits(TAKEN, 0, 50_000))
    assert len(made.data) <= 50_000 and made.mime == "image/jpeg"


def test_what_shows_through_stands_on_white() -> None:
    data = picture("TIFF", mode="RGBA", size=(4, 4))
    made = convert_picture("a", "image/tiff", data, PictureLimits(("image/jpeg",)))
    assert made.mime == "image/jpeg"


BROKEN = {
    "a bomb": (
        png(2, 2)[:16] + b"\0\0\xea\x60\0\0\xea\x60" + png(2, 2)[24:],
        "too large to convert",
    ),
    "cut off": (picture("PNG")[:40], "cannot be read as image/png"),
    "noise": (b"\x89PNG\r\n\x1a\n" + b"x" * 50, "cannot be read as image/png"),
}


@pytest.mark.parametrize(("data", "said"), BROKEN.values(), ids=BROKEN)
def test_a_hostile_picture_is_one_line(data: bytes, said: str) -> None:
    with pytest.raises(AichatError, match=said) as caught:
        convert_picture("a.png", "image/png", data, PictureLimits(("image/jpeg",)))
    assert caught.value.fault.exit_code == 2
    assert "\n" not in caught.value.fault.message


def test_without_the_library_the_remedy_is_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = picture("TIFF")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(AichatError, match="needs the extra 'media'") as caught:
        convert_picture("a.tiff", "image/tiff", data, PictureLimits(TAKEN))
    assert "aichat-shell[media]" in caught.value.fault.hint
