"""The panes and folders that a store knows its conversations by."""

from pathlib import Path

import pytest

from aichat.core.conversation.turn import Conversation, Draft, Summary, Turn
from aichat.core.message.message import Message, Text
from aichat.disk.history import journal, schema
from aichat.disk.history.damage.salvage import salvage
from aichat.disk.history.store import Store
from tests.support.running.stores import query_rows

ASKED = Turn(Message("user", (Text("why"),)), 1.0)
PANE, HOME, WORK = "pane 0a1b2c3d", "/home/u", "/home/u/work"


def use(store: Store, name: str, *places: str) -> None:
    store.append(Draft(name, name, (ASKED,), places=places))


def last(store: Store, place: str) -> str | None:
    found = store.last_used_at(place)
    return found.id if found else None


def test_a_place_has_the_conversation_that_was_used_there_last(tmp_path: Path) -> None:
    store = Store(tmp_path, lambda _: None)
    use(store, "one", PANE, HOME)
    use(store, "two", WORK)
    assert [last(store, place) for place in (PANE, HOME, WORK)] == ["one", "one", "two"]
    use(store, "two", PANE)
    assert [last(store, place) for place in (PANE, HOME)] == ["two", "one"]
    use(store, "one", PANE)
    assert last(store, PANE) == "one" and last(store, "/elsewhere") is None


def test_a_conversation_that_is_used_elsewhere_too_stays_the_last_here(tmp_path: Path) -> None:
    store = Store(tmp_path, lambda _: None)
    use(store, "one", HOME)
    use(store, "one", WORK)
    assert (last(store, HOME), last(store, WORK)) == ("one", "one")


def test_a_fork_is_where_it_was_made(tmp_path: Path) -> None:
    store = Store(tmp_path, lambda _: None)
    use(store, "one", HOME)
    store.fork(Summary("two", "two", 1.0, 1.0, 1, 1), (ASKED._replace(number=1),), (HOME,))
    assert last(store, HOME) == "two"


def test_what_is_deleted_leaves_its_places_in_the_store_and_in_older_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(schema, "UPGRADES", schema.UPGRADES[:3])
        made = Store(tmp_path, lambda _: None)
        made._write(lambda: None)
    old = schema.connect(tmp_path / schema.FILE, 1.0)
    assert schema.erase(old, ["one"])  # a copy without places
    store = Store(tmp_path, lambda _: None)
    use(store, "one", HOME)
    use(store, "two", HOME)
    use(store, "one", HOME)
    store.delete(["one"])
    assert last(store, HOME) == "two"
    assert query_rows(tmp_path / schema.FILE, "SELECT conversation FROM place") == [("two",)]


def test_an_older_store_is_upgraded_and_one_that_takes_no_upgrade_knows_no_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(schema, "UPGRADES", schema.UPGRADES[:3])
        store = Store(tmp_path, lambda _: None)
        store.add_conversations([Conversation(Summary("old", "old", 1.0, 1.0), (ASKED,))])
    opened = Store.open_read_only(tmp_path)
    assert opened and last(opened, HOME) is None
    store = Store(tmp_path, lambda _: None)
    use(store, "old", HOME)
    assert last(store, HOME) == "old" and [about.id for about in store.summaries()] == ["old"]


def test_an_answer_that_only_its_journal_has_is_taken_in_with_its_place(tmp_path: Path) -> None:
    store = Store(tmp_path, lambda _: None)
    answer = Turn(Message("assistant", (), "groq", "m"), 2.0)
    draft = Draft("one", "one", (ASKED,), places=(PANE, HOME))
    journal.Journal(tmp_path / "journal", "key", draft, answer, (), whole=True)
    assert journal.recover_answers(tmp_path, store.append) == 1
    assert (last(store, PANE), last(store, HOME)) == ("one", "one")


def test_a_journal_of_an_earlier_version_has_no_place(tmp_path: Path) -> None:
    store = Store(tmp_path, lambda _: None)
    answer = Turn(Message("assistant", (), "groq", "m"), 2.0)
    journal.Journal(tmp_path / "journal", "key", Draft("one", "one"), answer, (), whole=True)
    (path,) = (tmp_path / "journal").iterdir()
    path.write_text(path.read_text().replace(', "places": []', "").replace(',"places":[]', ""))
    assert b"places" not in path.read_bytes()
    assert journal.recover_answers(tmp_path, store.append) == 1
    assert [about.id for about in store.summaries()] == ["one"]


def test_what_is_recovered_of_a_broken_store_is_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    store = Store(tmp_path / "old", lambda _: None)
    use(store, "one", PANE, HOME)
    use(store, "two", WORK)
    opened = Store(tmp_path / "new", lambda _: None)
    assert salvage(tmp_path / "old" / schema.FILE, opened._connection) == 2
    assert [last(opened, place) for place in (PANE, HOME, WORK)] == ["one", "one", "two"]
    use(opened, "two", HOME)
    assert last(opened, HOME) == "two"
