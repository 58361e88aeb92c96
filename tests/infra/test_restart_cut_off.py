"""Secrets that are changed, and the programs that must read them: cut off anywhere, the next run goes on from there."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from infra.cli import lab
from infra.errors import LabError
from infra.process import Completed
from tests.infra.cut_off import Cluster, CutOff, Steps

KINDS = {
    "postgres": "Deployment",
    "phoenix": "Deployment",
    "litellm": "Deployment",
    "virtual-keys": "CronJob",
    "open-webui": "Deployment",
}
LOOK = ["get /readyz", "get secrets"]
KEY_CHANGED = ["apply providers", "get deployments,cronjobs"]
GATEWAY = [
    "rollout restart deployment/litellm",
    "annotate secret/providers gpu-lab/unread-by-litellm-",
    "rollout status deployment/litellm",
]
KEYS = [
    "create job",
    "annotate secret/providers gpu-lab/unread-by-virtual-keys-",
    "wait",
    "delete job",
]


@dataclass
class Scene:
    """A lab that runs, and its owner's keys."""

    steps: Steps
    cluster: Cluster
    monkeypatch: pytest.MonkeyPatch

    def apply(self) -> list[str]:
        """Give what is done by `./lab secrets apply`, uninterrupted."""
        self.steps.begin()
        self.secrets("apply")
        return list(self.steps.done)

    def secrets(self, *words: str) -> None:
        """Run `./lab secrets`."""
        lab.main(["secrets", *words, "--namespace", "ai-lab"], standalone_mode=False)

    def key(self, value: str) -> None:
        """Give another provider's key."""
        self.monkeypatch.setenv("OPENAI_API_KEY", value)

    def cut(self, number: int, *words: str, after: bool) -> None:
        """Run a command that is cut off at a step."""
        self.steps.begin(number, after=after)
        with pytest.raises(CutOff):
            self.secrets(*words)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    steps = Steps()
    cluster = Cluster(steps)
    monkeypatch.setattr("infra.kubectl.run", cluster.run)
    made = Scene(steps, cluster, monkeypatch)
    made.key("canary-of-before")
    made.apply()
    cluster.kinds = dict(KINDS)
    for program in KINDS:
        cluster.start(program)
    return made


def test_the_first_values_are_unread_by_nobody_and_restart_nobody(scene: Scene) -> None:
    assert (set().union(*scene.cluster.marks.values()), scene.apply()) == (set(), LOOK)


def test_a_changed_key_is_unread_from_the_write_that_changes_it_until_its_users_are_told(scene: Scene) -> None:
    scene.key("canary-of-now")
    assert scene.apply() == [*LOOK, *KEY_CHANGED, *GATEWAY, *KEYS]
    assert set().union(*scene.cluster.marks.values()) == set()
    assert scene.apply() == LOOK


@pytest.mark.parametrize(
    ("last", "left"),
    [
        ("apply providers", [*GATEWAY, *KEYS]),
        ("get deployments,cronjobs", [*GATEWAY, *KEYS]),
        ("rollout restart deployment/litellm", [*GATEWAY, *KEYS]),
        ("annotate secret/providers gpu-lab/unread-by-litellm-", KEYS),
        ("rollout status deployment/litellm", KEYS),
        ("create job", KEYS),
    ],
)
def test_what_was_not_told_of_a_key_is_told_by_the_next_run_and_nothing_by_the_one_after(
    scene: Scene, last: str, left: list[str]
) -> None:
    scene.key("canary-of-now")
    scene.cut([*LOOK, *KEY_CHANGED, *GATEWAY, *KEYS].index(last), "apply", after=True)
    assert scene.apply() == [*LOOK, "get deployments,cronjobs", *left]
    assert scene.apply() == LOOK


@pytest.mark.parametrize("after", [False, True], ids=["before a step", "after a step"])
@pytest.mark.parametrize(
    "words",
    [
        ("apply",),
        ("rotate", "phoenix/access-key"),
        ("rotate", "litellm-database/password"),
        ("rotate", "gateway-keys/chat"),
    ],
    ids=" ".join,
)
def test_wherever_a_change_is_cut_off_after_the_next_run_nobody_runs_with_a_value_of_before(
    scene: Scene, words: tuple[str, ...], *, after: bool
) -> None:
    scene.key("canary-0")
    scene.steps.begin()
    scene.secrets(*words)
    assert scene.cluster.behind() == []
    for number in range(len(scene.steps.done)):
        scene.key(f"canary-of-{number}")
        scene.cut(number, *words, after=after)
        scene.apply()
        assert scene.cluster.behind() == []
        assert scene.apply() == LOOK


def test_what_a_rotation_has_left_unread_is_told_by_the_rotation_of_another(scene: Scene) -> None:
    scene.cut(LOOK.index("get secrets") + 1, "rotate", "phoenix/access-key", after=True)
    assert scene.cluster.behind() == [("phoenix", "phoenix/access-key"), ("litellm", "phoenix/access-key")]
    scene.steps.begin()
    scene.secrets("rotate", "open-webui/session-key")
    assert [step for step in scene.steps.done if step.startswith("rollout restart")] == [
        "rollout restart deployment/phoenix",
        "rollout restart deployment/litellm",
        "rollout restart deployment/open-webui",
    ]
    assert scene.cluster.behind() == []


def test_who_does_not_become_ready_holds_up_the_first_run_and_not_the_next(scene: Scene) -> None:
    answer = scene.cluster.run

    def run(argv: list[str], *, stdin: str | None = None, **how: object) -> Completed:
        if argv[1:3] == ["rollout", "status"]:
            message = "kubectl: timed out waiting"
            raise LabError(message)
        return answer(argv, stdin=stdin, **how)

    scene.monkeypatch.setattr("infra.kubectl.run", run)
    scene.key("canary-of-now")
    with pytest.raises(LabError, match=r"^kubectl: timed out waiting$"):
        scene.apply()
    assert scene.apply() == [*LOOK, "get deployments,cronjobs", *KEYS]


def test_who_is_not_in_the_lab_has_nothing_left_to_read(scene: Scene) -> None:
    del scene.cluster.kinds["litellm"], scene.cluster.kinds["virtual-keys"]
    scene.key("canary-of-now")
    read = "annotate secret/providers gpu-lab/unread-by-litellm- gpu-lab/unread-by-virtual-keys-"
    assert scene.apply() == [*LOOK, *KEY_CHANGED, read]
    assert scene.apply() == LOOK
