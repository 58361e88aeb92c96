"""What a change of the lab changes in its manifests, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ailab import WebRoute
from ailab.spec.models import OllamaSpec
from infra.edges import edges
from infra.manifests import Object, of_kind
from tests.ailab.scene import MODELS, PROVIDERS, Scene
from tests.policy.seeds import find

OTHERS = OllamaSpec.model_validate({"models": [{"alias": "qwen", "tag": "qwen3:8b"}, *MODELS.models[1:]]})


def _lab(folder: Path, models: OllamaSpec = MODELS, *, turned: bool = False) -> Sequence[Object]:
    """Make a small lab; `turned` calls its verbs in the opposite order."""
    scene = Scene(folder)
    postgres, gateway, engine, chat = scene.postgres(), scene.gateway(PROVIDERS), scene.ollama(models), scene.chat()
    web = scene.ingress()
    verbs: list[Callable[[], None]] = [
        lambda: gateway.stores_in(postgres),
        lambda: gateway.serves(engine),
        lambda: chat.chats_through(gateway),
        lambda: web.publishes(WebRoute(service=gateway, hosts=("litellm.tail.ts.net",))),
    ]
    for verb in reversed(verbs) if turned else verbs:
        verb()
    return scene.objects()


def _checksum(objects: Sequence[Object], identity: str) -> str:
    checksum: str = find(objects, identity)["spec"]["template"]["metadata"]["annotations"]["ailab/configuration"]
    return checksum


def _jobs(objects: Sequence[Object]) -> list[str]:
    return [item["metadata"]["name"] for item in of_kind(objects, "Job")]


def test_the_same_lab_gives_the_same_objects(tmp_path: Path) -> None:
    assert _lab(tmp_path / "one") == _lab(tmp_path / "two")


def test_verbs_in_another_order_give_the_same_programs_and_edges(tmp_path: Path) -> None:
    one, two = _lab(tmp_path / "one"), _lab(tmp_path / "two", turned=True)
    kinds = ("ConfigMap", "CronJob", "Deployment", "Ingress", "Job", "PersistentVolumeClaim", "Service")
    assert list(of_kind(one, *kinds)) == list(of_kind(two, *kinds))
    assert edges(one) == edges(two)


def test_another_model_replaces_the_gateway_s_pod_and_names_its_jobs_anew(tmp_path: Path) -> None:
    before, after = _lab(tmp_path / "before"), _lab(tmp_path / "after", OTHERS)
    assert _checksum(before, "Deployment/litellm") != _checksum(after, "Deployment/litellm")
    assert set(_jobs(before)) & set(_jobs(after)) == set()


def test_another_model_leaves_the_rest_alone(tmp_path: Path) -> None:
    before, after = _lab(tmp_path / "before"), _lab(tmp_path / "after", OTHERS)
    for identity in ("Deployment/postgres", "Deployment/ollama", "Deployment/open-webui", "ConfigMap/ollama-pull"):
        assert find(before, identity) == find(after, identity)
