"""The lab whose host is evaluated, and the droplet whose packet filters are asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from ailab.host_facts import HostFacts
from ailab.spec import load
from infra.labs import LABS
from tests.host import droplet, host_rules
from tests.host.droplet import Droplet
from tests.host.evaluation import Host, evaluated
from tests.lab_files import VALID

WITH_KEYS = next(file for file in VALID if file.stem == "a-droplet-with-two-keys")


@pytest.fixture(scope="session")
def facts() -> HostFacts:
    """Give the facts of the default lab as they are once its owner has added a key."""
    spec, keys = load(LABS / "gpu-lab.toml"), load(WITH_KEYS).host.ssh_keys
    return HostFacts.of(spec.model_copy(update={"host": spec.host.model_copy(update={"ssh_keys": keys})}))


@pytest.fixture(scope="session")
def good(facts: HostFacts, tmp_path_factory: pytest.TempPathFactory) -> Host:
    """Evaluate the modules as they are."""
    return evaluated(facts, tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Give the way into the kernel that NixOS's iptables takes."""
    return host_rules.backend(tmp_path_factory.mktemp("iptables"), "nft")


@pytest.fixture(scope="module")
def network() -> Iterator[Droplet]:
    with droplet.droplet() as network:
        yield network


@pytest.fixture
def net(network: Droplet, env: Mapping[str, str]) -> Iterator[Droplet]:
    """Give the network without any rule."""
    host_rules.clear(network.host, env)
    yield network
    host_rules.clear(network.host, env)
