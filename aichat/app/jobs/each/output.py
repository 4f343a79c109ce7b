"""The output for many inputs: a line, a JSON object or a table row for each."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aichat.app.jobs.each.inputs import InputRow, InputSource
from aichat.app.jobs.each.tally import Tally
from aichat.core.cli.options import AskOptions, OutputOptions
from aichat.core.exchange.answer import Answer, answer_json, cost_json, fault_json
from aichat.core.message.json_schema.output import AnswerSchema
from aichat.core.text.sanitize import sanitize_line
from aichat.errors import Fault, usage_error
from aichat.term.answer.plain import json_line
from aichat.term.markdown.code.numbered import first_block
from aichat.values import NamedTuple


class RowResult(NamedTuple):
    """An input and its result: the ``--json`` object of the answer, as text."""

    id: str
    row: InputRow
    line: str


#: The most names of fields in one line.
_MOST_NAMED = 5

#: Formats one row.
Format = Callable[[RowResult], str]


class RowFormat(NamedTuple):
    """The format of rows; ``head`` makes the heading from the first input.

    ``lack`` says once, if so, that a later input has what there is no column for.
    """

    row: Format
    head: Callable[[InputRow], str] = lambda _: ""
    lack: Callable[[InputRow], str] = lambda _: ""


def row_format(
    source: InputSource, options: AskOptions, schema: AnswerSchema | None, *, several: bool
) -> RowFormat:
    """The format of rows for the options; with ``several`` models each row names its own."""
    if options.output.events:
        return RowFormat(_row_event)
    if options.output.json:
        return JSON_ROWS
    if options.sampling.csv or options.sampling.tsv:
        delimiter = "," if options.sampling.csv else "\t"
        return table_format(source.columns, schema, several=several, delimiter=delimiter)
    return RowFormat(_named_text if several else _text)


def table_format(
    inputs: Sequence[str], schema: AnswerSchema | None, *, several: bool, delimiter: str
) -> RowFormat:
    """Rows as a table; ``inputs`` are the columns for inputs that are not records."""
    table = _Table(inputs, _value_columns(schema), several=several, delimiter=delimiter)
    return RowFormat(table.row, table.head, table.lack)


def answer_text(document: Mapping[str, Any]) -> str:
    """The text of a row: the requested code block, the value for a schema, or the answer."""
    if document["error"]:
        return ""
    if "schema" in document:
        return json_line(document["json"], compact=True).rstrip("\n")
    found: str = document.get("code") or document["text"]
    return found


def answer_line(answer: Answer, output: OutputOptions) -> str:
    """The answer as it is stored, with the code block if requested."""
    document = answer_json(answer)
    if output.extract or output.extract_lang:
        document["code"] = first_block(answer.text, output.extract_lang)
    return json_line(document, compact=True).rstrip("\n")


def json_row(name: str, row: int, shown: Any, line: str) -> str:
    """A row of JSON Lines: id, number and input, then the stored answer."""
    about = json_line({"id": name, "row": row, "input": shown}, compact=True)
    return f"{about[:-2]},{line[1:]}\n"


def _json_row(result: RowResult) -> str:
    return json_row(result.id, result.row.number, result.row.shown, result.line)


#: Rows as JSON Lines.
JSON_ROWS = RowFormat(_json_row)


def _row_event(result: RowResult) -> str:
    return '{"type":"row",' + _json_row(result)[1:]


def start_event(provider: str, model: str, wire: str) -> str:
    """The first line of ``--events``, which names the model."""
    who = {"provider": provider, "model": model, "wire": wire, "conversation": None}
    return json_line({"type": "start", **who})


def finish_event(tally: Tally, fault: Fault | None, now: float) -> str:
    """The last line of ``--events``: the totals, and the fault if any."""
    counts = {"answers": tally.answered + tally.kept, "kept": tally.kept, "failed": tally.failed}
    costs = [cost_json(cost) for cost in tally.costs.values()]
    about = {"version": 1, **counts, "tokens": tally.tokens, "costs": costs}
    about["seconds"] = round(tally.seconds(now), 3)
    return json_line({"type": "finish", **about, "error": fault and fault_json(fault)})


def _text(result: RowResult) -> str:
    return _one_line(answer_text(json.loads(result.line))) + "\n"


def _named_text(result: RowResult) -> str:
    document = json.loads(result.line)
    return f"{document['provider']}/{document['model']}\t{_one_line(answer_text(document))}\n"


def _one_line(text: str) -> str:
    """A text joined to one line."""
    return " ".join(line for line in text.splitlines() if line.strip())


def _value_columns(schema: AnswerSchema | None) -> tuple[str, ...]:
    """The columns for answers: the fields of a schema's object, or one for the text."""
    given = schema.schema.schema if schema else {}
    fields = given.get("properties") if isinstance(given, Mapping) else None
    return tuple(fields) if fields else ("answer",)


class _Table:
    """Rows with cells of the input, then of the answer."""

    def __init__(
        self, inputs: Sequence[str], columns: Sequence[str], *, several: bool, delimiter: str
    ) -> None:
        self._own, self._columns = inputs, columns
        self._several, self._delimiter = several, delimiter
        self._inputs: tuple[str, ...] = ()
        self._lacks = False  # a column, which was said

    def head(self, first: InputRow) -> str:
        """The names of the columns. Errors: ``usage`` if two would be equal."""
        self._inputs = tuple(self._own or first.fields or ("input",))
        both = [name for name in self._columns if name in self._inputs]
        if both:
            hint = "call the field of the schema something else"
            raise usage_error(f"the inputs have a column '{both[0]}' already", hint)
        return self._line((*self._inputs, *(["model"] if self._several else []), *self._columns))

    def lack(self, row: InputRow) -> str:
        """That the input has fields that the first one had not; empty if it has none."""
        more = [] if self._own or self._lacks else [n for n in row.fields if n not in self._inputs]
        if not more:
            return ""
        self._lacks = True
        names = ", ".join(f"'{sanitize_line(name)}'" for name in more[:_MOST_NAMED])
        return f"row {row.number} has {names}, which the first row has not: the table leaves it out"

    def row(self, result: RowResult) -> str:
        """The cells of one input and its answer; without those of a failed answer."""
        document = json.loads(result.line)
        who = [f"{document['provider']}/{document['model']}"] if self._several else []
        return self._line((*self._input_cells(result.row), *who, *self._answer_cells(document)))

    def _input_cells(self, row: InputRow) -> Sequence[str]:
        if row.path or not row.fields:
            return [row.path or row.text]
        return [_cell(row.fields.get(name)) for name in self._inputs]

    def _answer_cells(self, document: Mapping[str, Any]) -> Sequence[str]:
        value = document.get("json")
        if isinstance(value, Mapping) and self._columns != ("answer",):
            return [_cell(value.get(name)) for name in self._columns]
        return [answer_text(document), *[""] * (len(self._columns) - 1)]

    def _line(self, cells: Sequence[str]) -> str:
        if self._delimiter == "\t":  # a tab or a newline in a cell would be two cells, or two rows
            cells = [" ".join(cell.split()) for cell in cells]
            return "\t".join(cells) + "\n"
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        return line.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
