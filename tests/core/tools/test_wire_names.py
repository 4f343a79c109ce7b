"""Names of tools as every provider takes them: short, plain, and no two the same."""

import re

from aichat.core.tools.wire_names import wire_names


def test_what_servers_refuse_is_replaced() -> None:
    names = ["read_file", "box.say-it", "box.größe", "1st", "a b"]
    assert [*wire_names(names)] == ["read_file", "box__say-it", "box__gr__e", "1st", "a_b"]
    assert [*wire_names(names).values()] == names


def test_names_that_would_be_too_long_the_same_or_nothing_get_a_mark() -> None:
    names = ["a" * 64, "b" * 65, "x.y", "x__y", "", "c" * 65, "c" * 66]
    found = wire_names(names)
    assert [*found.values()] == names
    plain = [short for short in found if not re.search(r"_[0-9a-f]{8}\Z", short)]
    assert plain == ["a" * 64, "x__y"]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", short) for short in found)
    assert max(map(len, found)) == 64 and wire_names(names) == found
