"""The translation between LiteLLM's database client and Prisma's engine, in the installed environment's Node."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from infra import process
from testnode.programs import prisma
from testnode.programs.litellm import litellm

pytestmark = pytest.mark.node

SCHEMA = """
model Key {
  token    String @id
  metadata Json   @default("{}")
  budget_id String?
  budget   Budget? @relation(fields: [budget_id], references: [budget_id])
}

model Budget {
  budget_id String @id
  keys      Key[]
  limits    Json
}
"""
TRANSLATE = """
const {{ Datamodel }} = await import("{folder}/datamodel.mjs");
const {{ translate }} = await import("{folder}/queries.mjs");
const {{ schema, text }} = JSON.parse(require("node:fs").readFileSync(0));
console.log(JSON.stringify(translate(text, new Datamodel(schema))));
"""
READ = """
const {{ readable }} = await import("{folder}/answers.mjs");
const {{ result, query }} = JSON.parse(require("node:fs").readFileSync(0));
console.log(JSON.stringify(readable(result, query, "db:5433")));
"""

# What `pg` does when the database closes a connection that a transaction has taken.
CLOSED = """
const {{ openPool }} = await import("{folder}/engine.mjs");
const {{ EventEmitter }} = await import("node:events");
const client = new EventEmitter();
openPool("postgresql://nobody@localhost:1/none").emit("connect", client);
client.emit("error", new Error("terminating connection due to administrator command"));
console.log('"goes on"');
"""


def evaluate(program: str, given: Mapping[str, object]) -> object:
    folder = litellm().recipes[0].folder
    text = "const require = process.getBuiltinModule('module').createRequire('/');" + program.format(
        folder=folder / "query_engine"
    )
    words = (prisma.node(folder), "--input-type=module", "--eval", text)
    return json.loads(process.run(words, timeout=30, stdin=json.dumps(given)).stdout)


def translated(text: str) -> object:
    return evaluate(TRANSLATE, {"schema": SCHEMA, "text": text})


def test_a_query_keeps_its_alias_its_arguments_and_its_fields() -> None:
    text = """query { result: findUniqueKey(where: { token: "a" }) { token budget { budget_id } } }"""
    assert translated(text) == {
        "alias": "result",
        "raw": False,
        "request": {
            "modelName": "Key",
            "action": "findUnique",
            "query": {
                "arguments": {"where": {"token": "a"}},
                "selection": {"token": True, "budget": {"arguments": {}, "selection": {"budget_id": True}}},
            },
        },
    }


def test_a_query_that_fails_without_a_row_has_its_model_in_the_middle_of_its_name() -> None:
    asked = translated("query { result: findFirstBudgetOrThrow { budget_id } }")
    assert isinstance(asked, dict)
    assert (asked["request"]["modelName"], asked["request"]["action"]) == ("Budget", "findFirstOrThrow")


@pytest.mark.parametrize(
    ("argument", "read"),
    [
        ('{ token: "line\nend" }', {"token": "line\nend"}),
        (r'{ token: "say \"a\" \\ b" }', {"token": 'say "a" \\ b'}),
        ('{ metadata: "{\\"a\\": 1}" }', {"metadata": {"$type": "Json", "value": '{"a": 1}'}}),
        (
            '{ metadata: { path: ["a"], equals: "1" } }',
            {"metadata": {"path": ["a"], "equals": {"$type": "Json", "value": "1"}}},
        ),
        (
            '{ budget: { create: { limits: "[]" } } }',
            {"budget": {"create": {"limits": {"$type": "Json", "value": "[]"}}}},
        ),
        ("{ token: null, n: 7, f: 0.5, b: true, e: desc }", {"token": None, "n": 7, "f": 0.5, "b": True, "e": "desc"}),
        ("{ n: 9007199254740993 }", {"n": {"$type": "BigInt", "value": "9007199254740993"}}),
    ],
)
def test_a_value_keeps_its_type(argument: str, read: object) -> None:
    asked = translated(f"mutation {{ result: createOneKey(data: {argument}) {{ token }} }}")
    assert isinstance(asked, dict)
    assert asked["request"]["query"]["arguments"] == {"data": read}


def test_raw_sql_goes_through_with_its_parameters_as_text() -> None:
    text = r"""mutation { result: queryRaw(query: "SELECT $1 AS a", parameters: "[\"x\"]") }"""
    assert translated(text) == {
        "alias": "result",
        "raw": True,
        "request": {
            "action": "queryRaw",
            "query": {"arguments": {"query": "SELECT $1 AS a", "parameters": '["x"]'}, "selection": {}},
        },
    }


def test_typed_values_come_back_bare() -> None:
    row = {"token": "a", "at": {"$type": "DateTime", "value": "2026-01-01"}, "list": [{"$type": "Json", "value": "{}"}]}
    given = {"result": {"data": {"findUniqueKey": row}}, "query": {"alias": "result", "raw": False}}
    assert evaluate(READ, given) == {"data": {"result": {"token": "a", "at": "2026-01-01", "list": ["{}"]}}}


def test_raw_rows_come_back_with_a_type_beside_each_value() -> None:
    table = {"columns": ["a", "b"], "types": ["int", "string"], "rows": [[1, None]]}
    given = {"result": {"data": {"queryRaw": table}}, "query": {"alias": "result", "raw": True}}
    row = {"a": {"prisma__type": "int", "prisma__value": 1}, "b": {"prisma__type": "null", "prisma__value": None}}
    assert evaluate(READ, given) == {"data": {"result": [row]}}


def test_a_lost_connection_is_told_in_the_native_engines_words() -> None:
    lost = {"errors": [{"error": "x", "user_facing_error": {"error_code": "P2036", "message": "x"}}]}
    message = "Can't reach database server at `db`:`5433`"
    facing = {"is_panic": False, "message": message, "meta": {}, "error_code": "P1001"}
    given = {"result": lost, "query": {"alias": "result", "raw": False}}
    assert evaluate(READ, given) == {"errors": [{"error": message, "user_facing_error": facing}]}


def test_a_connection_that_the_database_closes_in_a_transaction_does_not_end_the_engine() -> None:
    assert evaluate(CLOSED, {}) == "goes on"
