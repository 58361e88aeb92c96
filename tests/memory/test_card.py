"""The plan is held to what both engines took of a real card (docs/card.json)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from ailab.memory import CARDS, CardName, file_model
from ailab.memory.cache import FileCache
from ailab.memory.engines import layer_work
from ailab.memory.plan import MARGIN
from ailab.spec import load
from infra.documents.card_record import File, Server, Together, read
from infra.documents.card_table import LAB, ORDERS, document, planned_file, planned_server
from infra.memory_slices import what_if

RECORD: Final = read()
CARD: Final = CARDS[CardName.H200]
MIB: Final = 1024
# What is not as the plan has it, and why. Each is less than the plan says.
TOWER: Final = "gemma3:12b-it-q4_K_M"  # the file that was run has no part that sees pictures
NO_LAST_MATRIX: Final = "nomic-embed-text:v1.5"  # what only embeds chooses no word
MOST_REQUESTS: Final = "vllm-llama8-default"  # 1,024 at once, which no lab of this project asks for by itself


@pytest.mark.parametrize("file", RECORD.files, ids=lambda file: f"{file.case}-{file.tag}")
def test_a_model_of_ollama_takes_no_more_than_the_plan_says_and_no_tenth_less(file: File) -> None:
    most = 1.25 if file.tag in {TOWER, NO_LAST_MATRIX} else 1.1
    assert file.program_mib <= planned_file(file).total * MIB <= file.program_mib * most


@pytest.mark.parametrize("file", RECORD.files, ids=lambda file: f"{file.case}-{file.tag}")
def test_weights_and_cache_of_a_model_of_ollama_are_those_of_the_plan(file: File) -> None:
    parts = planned_file(file)
    assert parts.cache * MIB == pytest.approx(file.cache, abs=0.01)
    if file.tag in {TOWER, NO_LAST_MATRIX}:
        assert file.weights < parts.weights * MIB
    else:
        assert parts.weights * MIB == pytest.approx(file.weights, rel=0.001)


@pytest.mark.parametrize("file", [file for file in RECORD.files if file.tag != NO_LAST_MATRIX], ids=str)
def test_a_layer_and_the_mask_take_what_llama_cpp_says_of_its_work(file: File) -> None:
    model = file_model(file.tag)
    assert model is not None
    batch = 2048 if file.context > 32768 else 1024
    cache = FileCache(file.kv_cache)
    said = layer_work(model, cache, context=file.context, parallel=file.parallel, batch=batch)
    second_mask = 5 if file.tag == TOWER else 0  # its sliding layers have one of their own
    assert said / MIB**2 == pytest.approx(file.work, abs=0.2 + second_mask)


@pytest.mark.parametrize("server", RECORD.servers, ids=lambda server: server.case)
def test_weights_and_tokens_of_vllm_are_those_of_the_plan_and_never_less_than_it_says(server: Server) -> None:
    share = planned_server(server)
    assert share.parts.weights == pytest.approx(server.weights, rel=0.01)
    nearness = 0.05 if server.case == MOST_REQUESTS else 0.01
    assert share.tokens <= server.tokens <= share.tokens * (1 + nearness)


@pytest.mark.parametrize("server", RECORD.servers, ids=lambda server: server.case)
def test_vllm_takes_no_more_than_the_plan_says_where_the_requests_are_few(server: Server) -> None:
    beyond = CARD.memory * MARGIN if server.case == MOST_REQUESTS else 0
    assert server.program_gib <= planned_server(server).takes + beyond
    assert server.program_gib > planned_server(server).takes * 0.97


def test_of_the_lab_s_own_server_it_is_known_what_it_takes_once_it_has_answered() -> None:
    assert [server.case for server in RECORD.servers if server.asked] == ["vllm-lab-alone"]


@pytest.mark.parametrize("together", RECORD.together, ids=lambda together: together.case)
def test_in_each_order_of_starts_the_lab_takes_what_the_plan_says_and_every_model_is_whole(together: Together) -> None:
    planned = what_if(load(LAB), card=CardName.H200).takes * MIB
    assert together.whole == 3
    assert planned * 0.98 < together.most_mib <= planned


def test_each_order_that_was_tried_is_told_in_words() -> None:
    assert {together.case for together in RECORD.together} == set(ORDERS)


def test_the_document_has_each_row_of_the_record_and_no_other() -> None:
    rows = [line for line in document(RECORD).splitlines() if line.startswith("| ")]
    headings = 4
    assert len(rows) == headings + len(RECORD.machine) + len(RECORD.files + RECORD.servers + RECORD.together)
    assert "138,502" not in document(replace(RECORD, together=RECORD.together[2:]))
