"""Images that are not pulled: the node runs programs of this machine under their names."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra.errors import LabError
from testnode.node import Node
from testnode.patience import until
from testnode.standin import StandIn
from tests.testnode.conftest import BY_BOTH, BY_DIGEST, BY_TAG, DIGEST, PYTHON, stand_in
from tests.testnode.pods import NAMESPACE, Pod, apply, execute, outcome, start

pytestmark = pytest.mark.node


@pytest.fixture(scope="module", autouse=True)
def _python(node: Node) -> None:
    start(node, Pod("python", (), BY_TAG), Pod("gpu-python", (), BY_TAG, runtime_class="nvidia-cdi"))


@pytest.mark.parametrize(("name", "image"), [("by-digest", BY_DIGEST), ("by-tag", BY_TAG), ("by-both", BY_BOTH)])
def test_a_pod_starts_from_a_reference_of_every_kind_without_a_registry(node: Node, name: str, image: str) -> None:
    start(node, Pod(name, (), image))
    until(lambda: node.kubectl("-n", NAMESPACE, "logs", name).stdout == "started\n", 60, "its entrypoint has run")


@pytest.mark.parametrize(
    "image", [f"registry.example/by-both:1.0@{DIGEST[:-1]}0", "registry.example/by-tag:1.1", "docker.io/library/nginx"]
)
def test_an_image_that_the_node_was_not_given_fails_at_once(node: Node, image: str) -> None:
    pod = Pod("absent", image=image)
    apply(node, pod.manifest())
    reason = "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ErrImagePull"
    node.kubectl("-n", NAMESPACE, "wait", "pod/absent", reason, "--timeout=15s")
    node.kubectl("-n", NAMESPACE, "delete", "pod/absent")


@pytest.mark.parametrize("pod", ["python", "gpu-python"])
def test_a_program_outside_the_machines_own_folders_runs_as_an_unprivileged_user(node: Node, pod: str) -> None:
    program = "import json, os; print(os.getuid(), json.__file__)"
    library = f"{PYTHON}/lib/python{sys.version_info.major}.{sys.version_info.minor}"
    assert execute(node, pod, f"{PYTHON}/bin/python3", "-c", program) == (0, f"65534 {library}/json/__init__.py")


def test_what_is_bound_cannot_be_written(node: Node) -> None:
    status, said = outcome(node, "python", "touch", f"{PYTHON}/lib/file")
    assert (status, "Read-only file system" in said or "Permission denied" in said) == (1, True)


def test_the_machines_configuration_is_not_seen(node: Node) -> None:
    assert execute(node, "python", "ls", "/etc") == (0, "group\nhostname\nhosts\npasswd\nresolv.conf")


def test_nothing_but_the_folder_is_seen_of_where_it_lies(node: Node) -> None:
    top = "/" + PYTHON.parts[1]
    assert execute(node, "python", "find", top, "-maxdepth", str(len(PYTHON.parts) - 2), "-type", "d") == (
        0,
        "\n".join(str(Path(*PYTHON.parts[:length])) for length in range(2, len(PYTHON.parts) + 1)),
    )


def test_a_running_node_takes_more_images(node: Node) -> None:
    node.add_images({"registry.example/late:1": stand_in("registry.example/late")})
    start(node, Pod("late", (), "registry.example/late:1"))


def test_an_image_whose_folders_the_running_node_does_not_show_is_refused(node: Node, tmp_path: Path) -> None:
    hidden = StandIn("registry.example/hidden", "nothing", binds=(tmp_path,))
    with pytest.raises(LabError) as refused:
        node.add_images({"registry.example/hidden:1": hidden})
    assert str(refused.value) == (
        f"registry.example/hidden:1: {tmp_path} is not visible on the running node; give the image to `up`"
    )
