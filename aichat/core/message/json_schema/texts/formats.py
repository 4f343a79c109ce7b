"""What a string of each ``format`` looks like (JSON Schema 2020-12, section 7.3 of validation)."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import date

from aichat.core.message.json_schema.texts.regex import is_regex

_TIME = re.compile(
    r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?([zZ]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DURATION = re.compile(
    r"P(?!$)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?)", re.ASCII
)
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*")
_EMAIL = re.compile(
    r"(\"[^\"\r\n]+\"|[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*)@(\[[^\]\s]+\]|.+)"
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URI_CHARACTERS = r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})"
_REFERENCE = re.compile(rf"{_URI_CHARACTERS}*")
_URI = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{_URI_CHARACTERS}*")
_POINTER = re.compile(r"(/([^~/]|~[01])*)*")
_RELATIVE_POINTER = re.compile(r"(0|[1-9]\d*)(#|(/([^~/]|~[01])*)*)", re.ASCII)


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _is_time(text: str) -> bool:
    """Whether it is a time; a leap second can only be the last of a day in UTC."""
    found = _TIME.fullmatch(text)
    if not found or found[3] != "60":
        return bool(found)
    minutes, zone = int(found[1]) * 60 + int(found[2]), found[5]
    if zone not in "zZ":
        offset = int(zone[1:3]) * 60 + int(zone[4:])
        minutes -= offset if zone[0] == "+" else -offset
    return minutes % 1440 == 1439


def _is_date_time(text: str) -> bool:
    return _is_date(text[:10]) and text[10:11] in ("T", "t") and _is_time(text[11:])


def _is_email(text: str) -> bool:
    found = _EMAIL.fullmatch(text)
    return bool(found and (found[3].startswith("[") or _HOST.fullmatch(found[3])))


def _is_address(kind: Callable[[str], object], text: str) -> bool:
    try:
        return bool(kind(text)) and "%" not in text
    except ValueError:
        return False


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


#: Other formats are not checked, as the standard allows.
FORMATS: Mapping[str, Callable[[str], bool]] = {
    "date": _is_date,
    "time": _is_time,
    "date-time": _is_date_time,
    "duration": _matches(_DURATION),
    "email": _is_email,
    "hostname": _matches(_HOST),
    "ipv4": lambda text: _is_address(ipaddress.IPv4Address, text),
    "ipv6": lambda text: _is_address(ipaddress.IPv6Address, text),
    "uuid": _matches(_UUID),
    "uri": _matches(_URI),
    "uri-reference": _matches(_REFERENCE),
    "regex": is_regex,
    "json-pointer": _matches(_POINTER),
    "relative-json-pointer": _matches(_RELATIVE_POINTER),
}
