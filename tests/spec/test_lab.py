"""What a lab derives from its file: aliases, host names and addresses."""

from __future__ import annotations

import tomllib

import pytest
from pydantic import ValidationError

from ailab.spec import LabSpec
from ailab.spec.models import Role
from tests.lab_files import MINIMAL


def _lab(more: str = "") -> LabSpec:
    return LabSpec.model_validate(tomllib.loads(MINIMAL + more))


def test_local_models_come_before_paid_ones() -> None:
    lab = _lab(
        'providers.openai.models = { gpt = "gpt-6.1-sol" }\n'
        'vllm = [{ alias = "r1", model = "Qwen/Qwen3-8B", revision = "' + "a" * 40 + '" }]\n'
    )
    assert lab.aliases(Role.CHAT) == ("llama3.1", "r1", "gpt")
    assert lab.aliases(Role.EMBEDDING) == ()


def test_with_tailscale_services_the_short_name_comes_first_and_has_a_certificate() -> None:
    lab = _lab()
    assert lab.hosts("litellm") == ("litellm.tail1a2b3c.ts.net", "litellm.minimal.tail1a2b3c.ts.net")
    assert lab.urls("litellm")[0] == "https://litellm.tail1a2b3c.ts.net"


@pytest.mark.parametrize("exposure", ["hosts", "split-dns"])
def test_with_names_of_the_lab_the_long_name_comes_first_and_has_none(exposure: str) -> None:
    lab = _lab(f'web.exposure = "{exposure}"')
    assert lab.hosts("litellm") == ("litellm.minimal.tail1a2b3c.ts.net", "litellm.tail1a2b3c.ts.net")
    assert lab.urls("litellm")[0] == "http://litellm.minimal.tail1a2b3c.ts.net"


def test_a_lab_cannot_be_changed_after_it_was_checked() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        _lab().name = "another"  # type: ignore[misc]
