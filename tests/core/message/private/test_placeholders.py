"""What is replaced has the same name everywhere, whatever it is spelled in, and comes back."""

import json

from aichat.core.http.call import Blob, Call, blob_marker, json_body
from aichat.core.message.private.calls import conceal_call, conceal_text
from aichat.core.message.private.placeholders import Placeholders, Redaction
from tests.support.running.marks import one_test_of

EMAIL, OTHER = "bob@example.com", "alice@example.com"
QUOTED = 'pass"word\\1\n'


def placeholders(*kinds: str, known: tuple[str, ...] = ()) -> Placeholders:
    return Placeholders(Redaction(kinds or ("email",), known))


#: A JSON value, and the same as it leaves.
REPLACED = {
    "each its own": ([EMAIL, OTHER, EMAIL], ["[EMAIL_1]", "[EMAIL_2]", "[EMAIL_1]"]),
    "deep": ({"a": [{"b": f"x {EMAIL}"}]}, {"a": [{"b": "x [EMAIL_1]"}]}),
    "a key": ({EMAIL: 1}, {"[EMAIL_1]": 1}),
    "arguments": ([f'{{"a":"\\n{EMAIL}"}}'], ['{"a": "\\n[EMAIL_1]"}']),
    "arguments that hide it": (['{"a":"bob\\u0040example.com"}'], ['{"a": "[EMAIL_1]"}']),
    "arguments in arguments": (
        [json.dumps({"a": json.dumps({"b": f"\n{EMAIL}"})})],
        [json.dumps({"a": '{"b": "\\n[EMAIL_1]"}'})],
    ),
    "broken arguments": ([f'{{"a":"\\t", {EMAIL}'], ['{"a":"\\t", [EMAIL_1]']),
    "spelled for an address": ([EMAIL, "u=bob%40example.com"], ["[EMAIL_1]", "u=[EMAIL_2]"]),
    "hidden in an address": (["x?u=%62ob%2540example%2ecom&v"], ["x?u=[EMAIL_1]&v"]),
    "hidden in a line of a log": (
        [r'INFO {"u":"\u0062ob\u0040example.com\n"}'],
        [r'INFO {"u":"[EMAIL_1]\n"}'],
    ),
    "in base64": (
        ["a: Ym9iQGV4YW1wbGUuY29t b: Ym9iYm9iYm9iYm9i"],
        ["a: [EMAIL_1] b: Ym9iYm9iYm9iYm9i"],
    ),
    "signed by a person": ({"signature": EMAIL}, {"signature": "[EMAIL_1]"}),
    "signed by a provider": (
        {"signature": "aGk=", "a": EMAIL},
        {"signature": "aGk=", "a": "[EMAIL_1]"},
    ),
    "a document with a key twice": (
        [f'{{"a":"{EMAIL}","a":"\\n"}}'],
        ['{"a":"[EMAIL_1]","a":"\\n"}'],
    ),
    "a name that is taken": (["[EMAIL_1]", EMAIL], ["[EMAIL_1]", "[EMAIL_2]"]),
    "a name that is taken later": ([EMAIL, "[EMAIL_1]"], ["[EMAIL_2]", "[EMAIL_1]"]),
    "one inside another": ([f"x{EMAIL} {EMAIL}"], ["[EMAIL_1] [EMAIL_2]"]),
    "nothing": ([1, None, True, "a"], [1, None, True, "a"]),
}


@one_test_of(*REPLACED.items())
def test_what_is_private_is_replaced_wherever_it_is(
    _name: str, case: tuple[object, object]
) -> None:
    given, expected = case
    assert placeholders().conceal(given) == expected


def test_a_value_is_found_in_every_spelling_once_it_is_known() -> None:
    given = [QUOTED, json.dumps({"a": QUOTED}), f"'{json.dumps(QUOTED)}'", "pass%22word%5C1%0A"]
    left = json.dumps(placeholders(known=(QUOTED,)).conceal(given))
    assert "word" not in left


def test_a_value_in_quotes_is_found_in_json_that_is_cut_off() -> None:
    secret = 'key"é\\1'
    made = placeholders(known=(secret,))
    assert made.conceal(['{"a": "key\\"é\\\\1", "b']) == ['{"a": "[SECRET_1]", "b']


def test_what_restoring_adds_is_told_before() -> None:
    made = placeholders(known=(QUOTED,))
    made.conceal([EMAIL, QUOTED])
    text = "to [EMAIL_1]: [SECRET_1] [EMAIL_9]"
    for in_json, quoted in ((False, len(QUOTED)), (True, len(json.dumps(QUOTED)) - 2)):
        growths = [(12, len(EMAIL) - 9), (24, quoted - 10), (34, 0)]
        assert [*made.growths(text, in_json=in_json)] == growths
        assert len(made.restore(text, in_json=in_json)) == len(text) + sum(n for _, n in growths)


def test_the_longer_of_two_is_replaced_where_both_begin() -> None:
    made = placeholders(known=("abcdef", "abcdefgh"))
    assert made.conceal(["abcdef", "abcdefgh"]) == ["[SECRET_1]", "[SECRET_2]"]


def test_what_overlaps_is_replaced_as_one() -> None:
    made = placeholders(known=("abcd", "cdef", "efgh"))
    assert made.conceal(["x abcdefgh y", "cdef"]) == ["x [SECRET_1] y", "[SECRET_2]"]
    assert made.restore("[SECRET_1] [SECRET_2]") == "abcdefgh cdef"


def test_a_secret_of_ours_is_found_in_a_word_that_might_be_a_medium() -> None:
    token = "Ab0+" * 200
    assert placeholders(known=(token,)).conceal({"data": token}) == {"data": "[SECRET_1]"}
    by_looks = "q" * 600 + "/AKIAABCDEFGHIJKLMNOP"
    assert "AKIA" not in placeholders("secret").conceal({"text": by_looks})["text"]


def test_a_number_is_replaced_where_it_is_no_setting() -> None:
    made = Placeholders(Redaction(find=lambda texts: [t for t in texts if t == "4096"]))
    given = {"max_tokens": 4096, "parts": ["4096", {"args": {"pin": 4096}}]}
    replaced = {"max_tokens": 4096, "parts": ["[REDACTED_1]", {"args": {"pin": "[REDACTED_1]"}}]}
    assert made.conceal(given) == replaced


def test_what_looks_like_a_placeholder_is_never_one() -> None:
    made = Placeholders(Redaction(find=lambda texts: [t for t in texts if t.startswith("[")]))
    assert made.conceal(["[EMAIL_1]", "[x"]) == ["[EMAIL_1]", "[REDACTED_1]"]


def test_what_the_user_looks_for_is_not_looked_for_in_what_only_the_provider_reads() -> None:
    rules = Redaction(find=lambda texts: [t for t in texts if t.isdigit()])
    blob = "7" * 600
    given = {"a": "123", "signature": "456", "n": 4096, "card": 4111111111111111, "data": blob}
    made = Placeholders(rules)
    assert made.conceal(given) == {
        "a": "[REDACTED_1]",
        "signature": "456",
        "n": 4096,
        "card": "[REDACTED_2]",
        "data": blob,
    }
    assert made.description == "[privacy] redact: 2 x regex replaced"


def test_what_came_back_is_restored_and_what_nobody_sent_is_not() -> None:
    made = placeholders("email", "secret", known=(QUOTED,))
    made.conceal([EMAIL, QUOTED])
    assert made.restore("[EMAIL_1], [EMAIL\\_1], [EMAIL_2]") == f"{EMAIL}, {EMAIL}, [EMAIL_2]"
    assert json.loads(made.restore('{"a": "[SECRET_1]"}', in_json=True)) == {"a": QUOTED}


def test_a_conversation_that_grows_has_the_same_names_in_its_beginning() -> None:
    said = [f"one {EMAIL}", f"two {OTHER}", "three c@example.com"]
    whole = placeholders().conceal(said)
    assert [placeholders().conceal(said[:n]) for n in (1, 2)] == [whole[:1], whole[:2]]


def test_the_bytes_of_media_and_of_what_is_no_text_go_as_they_are() -> None:
    blob = Blob(b"\x00" * 3_000_000)
    body = json_body({"text": f"to {EMAIL}", "data": blob_marker(blob)}, [blob])
    sent = conceal_call(Call("POST", "http://x", (), body), placeholders())
    assert json.loads(b"".join(sent.body)) == {"text": "to [EMAIL_1]", "data": "AAAA" * 1_000_000}
    raw = Call("PUT", "http://x", (), (b"\xff\xfe", EMAIL.encode()))
    assert conceal_call(raw, placeholders()) is raw
    assert conceal_call(Call("GET", "http://x", ()), placeholders()).body == ()


def test_a_body_that_has_nothing_private_is_sent_to_the_byte() -> None:
    call = Call("POST", "http://x", (), (b'{ "a" : 1.0,', b'"b":"\\u00e9"}'))
    assert conceal_call(call, placeholders()) is call


def test_a_text_that_is_no_json_is_replaced_too() -> None:
    lines = f'{{"a":"{EMAIL}"}}\n{{"b":"{EMAIL}"}}\n'
    assert conceal_text(lines, placeholders()) == lines.replace(EMAIL, "[EMAIL_1]")
