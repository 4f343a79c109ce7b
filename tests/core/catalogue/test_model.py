"""What is known of a model, and what its provider's list adds."""

import json
from typing import Any

import pytest

from aichat.core.billing.price import Price
from aichat.core.catalogue.card import EFFORTS, Card
from aichat.core.catalogue.merge import merge_card, merge_model
from aichat.core.catalogue.model import ROLES, STATUSES, Model
from aichat.core.catalogue.model_list import (
    ListedModel,
    Listing,
    can_answer,
    dump_model,
    find_model,
    load_model,
    parse_day,
    texts,
    unique_models,
    with_prices,
)
from aichat.core.catalogue.search import model_names, sort_by_name

DAY = "2026-11-01"
PLAIN = Model("box", "m")


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    ("outputs", "chats"), [((), True), (("text", "image"), True), (("image",), False)]
)
def test_a_model_is_offered_that_answers_in_text_and_is_there(
    status: str, outputs: tuple[str, ...], chats: bool
) -> None:
    model = PLAIN._replace(status=status, outputs=outputs)
    assert model.can_chat is chats
    assert model.is_offered is (chats and status not in ("retired", "not an id"))


def test_the_words_for_a_model_are_these() -> None:
    assert STATUSES == ("current", "preview", "deprecated", "retired", "not an id")
    assert ROLES == ("default", "cheap", "best")
    assert EFFORTS == ("none", "minimal", "low", "medium", "high", "xhigh", "max")


@pytest.mark.parametrize(
    ("control", "reasons"),
    [
        *((kind, True) for kind in ("effort", "adaptive", "budget", "switch", "fixed")),
        *((kind, False) for kind in ("none", None, "x")),
    ],
)
def test_a_model_reasons_that_can_be_steered_or_does_it_anyway(
    control: str | None, reasons: bool
) -> None:
    assert Card(control=control).can_reason is reasons


KNOWN = Model(
    "box",
    "m",
    "Name",
    context=1,
    max_output=2,
    inputs=("text",),
    outputs=("text",),
    retires="2027",
    aliases=("a",),
    sources=(("doc", "d"),),
)


def merged(listed: ListedModel, known: Model = KNOWN) -> Model:
    return merge_model(known, listed, "list", DAY)


def test_a_list_that_says_nothing_changes_nothing_but_the_source() -> None:
    found = merged(ListedModel("m"))
    assert found == KNOWN._replace(
        sources=(("doc", "d"), ("list", DAY)), card=Card(id="m"), status="current"
    )
    assert merged(ListedModel("m"), found).sources == found.sources


FRESH: dict[str, Any] = {
    "name": "New",
    "context": 10,
    "max_output": 20,
    "inputs": ("text", "image"),
    "outputs": ("image",),
    "retires": "2028",
}


@pytest.mark.parametrize("field", FRESH)
def test_a_list_knows_better(field: str) -> None:
    found = merged(ListedModel("m")._replace(**{field: FRESH[field]}))
    assert getattr(found, field) == FRESH[field]


def test_aliases_are_added_and_features_turned_on() -> None:
    found = merged(ListedModel("m", aliases=("b", "a"), features=("tools", "search", "structured")))
    assert found.aliases == ("a", "b")
    assert (found.tools, found.search, found.structured) == (True, True, True)
    assert merged(ListedModel("m", features=("vision",))).tools is None


@pytest.mark.parametrize(
    ("known", "listed", "status"),
    [
        ("current", None, "current"),
        ("preview", None, "preview"),
        ("retired", None, "deprecated"),
        ("retired", "retired", "retired"),
        ("current", "deprecated", "deprecated"),
    ],
)
def test_a_model_that_the_list_has_is_served(known: str, listed: str | None, status: str) -> None:
    assert merged(ListedModel("m", status=listed), PLAIN._replace(status=known)).status == status


def test_a_card_takes_levels_and_a_limit_where_it_has_none() -> None:
    listed = ListedModel("m", max_output=5, efforts=("high", "low", "odd"))
    assert merge_card(Card(), listed) == Card("m", 5, control="effort", efforts=("low", "high"))
    steered = Card("x", 0, control="none")
    assert merge_card(steered, listed) == steered
    assert merge_card(Card(), ListedModel("m")) == Card("m")


OLD = Price({"input": 1, "output": 2}, source="doc")
PRICES: dict[str, tuple[tuple[Price, ...], dict[str, int], tuple[Price, ...]]] = {
    "none listed": ((OLD,), {}, (OLD,)),
    "the same": ((OLD,), {"input": 1}, (OLD,)),
    "another": (
        (OLD,),
        {"input": 3},
        (OLD, Price({"input": 3, "output": 2}, since=DAY, source="list", date=DAY)),
    ),
    "none known": ((), {"input": 3}, (Price({"input": 3}, since=DAY, source="list", date=DAY),)),
    "known for a region only": (
        (OLD._replace(region="eu"),),
        {"input": 1},
        (
            OLD._replace(region="eu"),
            Price({"input": 1}, since=DAY, source="list", date=DAY),
        ),
    ),
    "known for long prompts only": (
        (OLD._replace(above=1),),
        {"input": 1},
        (OLD._replace(above=1), Price({"input": 1}, since=DAY, source="list", date=DAY)),
    ),
    "known for another tier only": (
        (OLD._replace(tier="batch"),),
        {"input": 1},
        (OLD._replace(tier="batch"), Price({"input": 1}, since=DAY, source="list", date=DAY)),
    ),
}


@pytest.mark.parametrize(("known", "rates", "prices"), PRICES.values(), ids=PRICES)
def test_a_listed_price_is_a_row_of_its_day_where_it_is_new(
    known: tuple[Price, ...], rates: dict[str, int], prices: tuple[Price, ...]
) -> None:
    assert merged(ListedModel("m", rates=rates), KNOWN._replace(prices=known)).prices == prices


def test_a_model_is_found_by_its_id_or_an_alias() -> None:
    models = [ListedModel("a", aliases=("x",)), ListedModel("b")]
    assert [find_model(models, name) for name in ("b", "x", "c")] == [models[1], models[0], None]


@pytest.mark.parametrize(
    ("fields", "answers"),
    [
        ({}, True),
        ({"outputs": ("image",)}, False),
        ({"outputs": ("image", "text")}, True),
        ({"inputs": ("audio",)}, False),
        ({"inputs": ("text",), "outputs": ("text",)}, True),
        ({"id": "whisper-1"}, False),
    ],
    ids=str,
)
def test_a_model_answers_that_reads_and_writes_text(fields: dict[str, Any], answers: bool) -> None:
    listing = Listing(silent="^whisper")
    assert can_answer(ListedModel("m")._replace(**fields), listing) is answers
    assert can_answer(ListedModel("whisper-1"), Listing())


UNIT = 10**9
AMOUNTS = {
    "a text": ("0.5", UNIT // 2),
    "a number": (2, 2 * UNIT),
    "a fraction": (0.1, UNIT // 10),
    "nothing at all": (0, None),
    "less than nothing": (-1, None),
    "no number": ("x", None),
    "not a number": ("NaN", None),
    "without end": ("inf", None),
    "true": (True, None),
    "null": (None, None),
    "the most": (10**6 - 1, UNIT * (10**6 - 1)),
    "too much": (10**6, None),
}


@pytest.mark.parametrize(("given", "amount"), AMOUNTS.values(), ids=AMOUNTS)
def test_a_price_of_an_entry_is_read_at_its_dotted_name(given: Any, amount: int | None) -> None:
    listing = Listing(prices={"pricing.in": ("input", UNIT), "pricing.no": ("output", 1)})
    model = ListedModel("m", raw={"pricing": {"in": given}})
    assert with_prices(model, listing).rates == ({} if amount is None else {"input": amount})


def test_a_free_thing_beside_a_price_is_free() -> None:
    listing = Listing(prices={"a": ("input", 1), "b": ("output", 1)})
    assert with_prices(ListedModel("m", raw={"a": 1, "b": 0}), listing).rates == {
        "input": 1,
        "output": 0,
    }


def test_of_two_of_one_id_the_first_counts() -> None:
    found = unique_models(
        [ListedModel("a", "1"), ListedModel("b"), ListedModel("a", "2")], Listing()
    )
    assert [(model.id, model.name) for model in found] == [("a", "1"), ("b", None)]


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-11-01", DAY),
        ("2026-11-01T10:00:00Z", DAY),
        ("2026-11-1", None),
        ("2026/11/01", None),
        ("2026-11.01", None),
        ("20261101xx", None),
        ("", None),
        (20261101, None),
    ],
)
def test_a_day_begins_a_time(value: Any, day: str | None) -> None:
    assert parse_day(value) == day


def test_texts_are_those_of_a_list() -> None:
    assert (texts(["a", 1, "b"]), texts("ab"), texts(None)) == (("a", "b"), (), ())


def test_a_listed_model_is_kept_without_what_is_not_known() -> None:
    model = ListedModel("m", context=0, inputs=("text",), efforts=("low",), rates={"input": 1})
    value = dump_model(model)
    assert value == {
        "id": "m",
        "context": 0,
        "inputs": ("text",),
        "efforts": ("low",),
        "rates": {"input": 1},
    }
    lists = {n: ["x", 1] for n in ("inputs", "outputs", "features", "efforts", "aliases")}
    read = load_model({"id": "m", **lists, "new": 1})
    assert {getattr(read, name) for name in lists} == {("x",)}
    assert load_model(json.loads(json.dumps(value))) == model


MODELS = [Model("b", "z/A"), Model("a", "b"), Model("c", "a", aliases=("x",)), Model("a", "a")]


def test_models_are_put_in_order_by_name_whoever_serves_them() -> None:
    assert [(m.provider, m.id) for m in sort_by_name(MODELS)] == [
        *(("a", "a"), ("b", "z/A"), ("c", "a"), ("a", "b")),
    ]


def test_every_name_is_one_that_may_have_been_meant() -> None:
    assert model_names(MODELS[1:3]) == ["b", "a", "x", "a/b", "c/a"]
