"""Keys of terminals that report exactly which key and modifiers were pressed.

There are two encodings: ``CSI code ; modifiers u`` (fixterms, kitty) and xterm's
``CSI 27 ; modifiers ; code ~``. Both are translated to what older terminals send.
Source: https://sw.kovidgoyal.net/kitty/keyboard-protocol/, xterm's ctlseqs.
"""

import re

_SHIFT, _ALT, _CTRL = 1, 2, 4
_OTHERS = 8 | 16 | 32  # super, hyper, meta: nothing is bound to them
_RELEASE = "3"  # the type of an event

_CSI_U = re.compile(
    r"\x1b\[(?P<code>\d{1,7})(?::(?P<shifted>\d{0,7}))?(?::\d*)?"
    r"(?:;(?P<mods>\d{0,3})(?::(?P<event>\d))?)?(?:;(?P<text>[\d:]*))?u"
)
_XTERM = re.compile(r"\x1b\[27;(?P<mods>\d{1,3});(?P<code>\d{1,7})~")
_LEGACY = re.compile(r"\x1b\[(?P<code>\d*);(?P<mods>\d{1,3})(?::(?P<event>\d))?(?P<end>[A-HPQS~])")

#: kitty's codes for the keypad.
_KEYPAD = dict(enumerate("0123456789./*-+\r=,", 57399))
_KEYPAD |= dict(
    zip(
        range(57417, 57425),
        map("\x1b[{}".format, ["D", "C", "A", "B", "5~", "6~", "H", "F"]),
        strict=True,
    )
)
_KEYPAD |= {57425: "\x1b[2~", 57426: "\x1b[3~"}
#: kitty's other keys, in Unicode's private area: they have no text of their own.
_FUNCTIONAL = range(57344, 63744)

#: Ctrl with keys other than letters.
_CONTROLS = {" ": "\x00", "@": "\x00", "[": "\x1b", "\\": "\x1c", "]": "\x1d", "^": "\x1e"}
_CONTROLS |= {"_": "\x1f", "/": "\x1f", "-": "\x1f", "?": "\x7f", "\x7f": "\x7f"}
_CONTROLS |= {c: c for c in "\r\t\x1b"}


def plain_sequence(sequence: str) -> str | None:
    """What an older terminal sends for a key, maybe nothing; None if it is in neither encoding."""
    if found := _CSI_U.fullmatch(sequence):
        if found["event"] == _RELEASE:
            return ""
        shifted = found["shifted"] or (found["text"] or "").partition(":")[0]
        return _plain_key(int(found["code"]), _modifiers(found["mods"]), shifted)
    if found := _XTERM.fullmatch(sequence):
        return _plain_key(int(found["code"]), _modifiers(found["mods"]), "")
    if found := _LEGACY.fullmatch(sequence):
        return (
            "" if found["event"] == _RELEASE else _plain_legacy(*found.group("code", "mods", "end"))
        )
    return None


def _modifiers(given: str | None) -> int:
    """The modifiers held, without caps lock and num lock."""
    return (int(given or "1") - 1) & (_SHIFT | _ALT | _CTRL | _OTHERS)


def _plain_legacy(code: str, given: str, end: str) -> str:
    """A key that always had modifiers in its sequence, without the newer ones."""
    held = _modifiers(given)
    if held & _OTHERS:
        return ""
    if held:
        return f"\x1b[{code};{held + 1}{end}"
    start = "\x1bO" if end in "PQS" else "\x1b["
    return f"{start}{'' if end != '~' and code == '1' else code}{end}"


def _plain_key(code: int, held: int, shifted: str) -> str:
    if held & _OTHERS:
        return ""
    key = _KEYPAD.get(code) or ("" if code in _FUNCTIONAL else _character(code))
    if len(key) > 1:  # of the keypad
        return f"\x1b{key}" if held & _ALT else key
    if key == "\r" and held & _SHIFT:
        return "\x1b\r"  # a newline, as Alt-Enter
    if key == "\t" and held & _SHIFT:
        return "\x1b[Z"
    if held & _CTRL:
        key = _control(key)
    elif held & _SHIFT:
        key = (_character(int(shifted)) if shifted else "") or key.upper()
    return f"\x1b{key}" if key and held & _ALT else key


def _character(code: int) -> str:
    is_one = code <= 0x10FFFF and not 0xD800 <= code < 0xE000
    key = chr(code) if is_one else ""
    return key if key.isprintable() or key in "\r\t\x1b\x7f\x08" else ""


def _control(key: str) -> str:
    """Ctrl with a key as a control character; empty if there is none."""
    low = key.lower()
    return chr(ord(low) & 0x1F) if re.fullmatch("[a-z]", low) else _CONTROLS.get(key, "")
