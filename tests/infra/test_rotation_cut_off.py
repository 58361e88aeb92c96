"""A rotation of a password that a program keeps, cut off anywhere: the one that works is in the cluster, always."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import product

import httpx
import pytest

from ailab.secrets import GRAFANA_ADMIN, NEO4J_PASSWORD, OPEN_WEBUI_ADMIN, SecretKey
from infra import rotation
from infra.cli import lab
from infra.errors import LabError
from infra.secrets import identity
from tests.canaries import Search
from tests.infra.cut_off import Cluster, CutOff, Program, Steps

OLD = "old-canary"
DOUBT = "it may have taken the new password, which the cluster has beside the old one; the same command again ends it"
WAYS = {
    OPEN_WEBUI_ADMIN: ["POST /api/v1/auths/signin", "POST /api/v1/auths/update/password"],
    GRAFANA_ADMIN: ["PUT /api/user/password"],
    NEO4J_PASSWORD: ["POST /db/system/query/v2"],
}
Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Scene:
    """A program whose password is in the cluster."""

    row: SecretKey
    steps: Steps
    cluster: Cluster
    program: Program
    answer: Answer

    def secrets(self, *words: str) -> None:
        """Run `./lab secrets`."""
        lab.main(["secrets", *words, "--namespace", "ai-lab"], standalone_mode=False)

    def rotate(self) -> None:
        """Rotate the program's password."""
        self.secrets("rotate", identity(self.row))

    def state(self) -> tuple[str, dict[str, str]]:
        """Give the password that works, and what the cluster has."""
        return self.program.password, dict(self.cluster.values(self.row))


@pytest.fixture(params=WAYS, ids=lambda row: row.name)
def scene(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Scene:
    row: SecretKey = request.param
    steps = Steps()
    cluster = Cluster(steps)
    program = Program(steps, OLD)
    made = Scene(row, steps, cluster, program, program.answer)

    @contextmanager
    def forwarded(_namespace: str, service: str, _port: int, *, seconds: float) -> Iterator[httpx.Client]:
        transport = httpx.MockTransport(made.answer)
        with httpx.Client(base_url=f"http://{service}", transport=transport, timeout=seconds) as client:
            yield client

    monkeypatch.setattr("infra.kubectl.run", cluster.run)
    monkeypatch.setattr(rotation, "forwarded", forwarded)
    monkeypatch.setattr(rotation, "_email", lambda _namespace: "admin@lab.example")
    made.secrets("apply")
    cluster.data[row.name][row.key] = base64.b64encode(OLD.encode()).decode()
    steps.begin()
    return made


def test_the_next_password_is_stored_before_the_program_hears_of_it_and_takes_its_place_after(scene: Scene) -> None:
    scene.rotate()
    assert scene.steps.done == [
        "get /readyz",
        "get secrets",
        f"apply {scene.row.name}",
        *WAYS[scene.row],
        f"apply {scene.row.name}",
    ]
    password, there = scene.state()
    assert there == {scene.row.key: password}
    assert password != OLD


@pytest.mark.parametrize("after", [False, True], ids=["before a step", "after a step"])
def test_wherever_it_is_cut_off_the_password_that_works_is_in_the_cluster_and_the_same_command_ends_it(
    scene: Scene, *, after: bool
) -> None:
    before = dict(scene.cluster.data[scene.row.name])
    scene.rotate()
    steps = range(len(scene.steps.done))
    for first, second in product(steps, [None, *steps]):
        scene.program.password, scene.cluster.data[scene.row.name] = OLD, dict(before)
        scene.steps.begin(first, after=after)
        with pytest.raises(CutOff):
            scene.rotate()
        assert scene.program.password in scene.state()[1].values()
        scene.steps.begin(second, after=after)
        with suppress(CutOff):  # this one has fewer steps, perhaps
            scene.rotate()
        assert scene.program.password in scene.state()[1].values()
        scene.steps.begin()
        scene.rotate()
        password, there = scene.state()
        assert there == {scene.row.key: password}
        assert password != OLD


def test_a_lost_answer_leaves_both_passwords_and_is_told_as_a_doubt(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    def lose(request: httpx.Request) -> httpx.Response:
        answer = scene.program.answer(request)
        if scene.program.password == OLD:
            return answer
        raise httpx.ReadTimeout(OLD, request=request)

    scene.answer = lose
    with pytest.raises(LabError) as doubt:
        scene.rotate()
    new, there = scene.state()
    assert there == {scene.row.key: OLD, f"{scene.row.key}.pending": new}
    assert str(doubt.value) == f"{scene.row.name}: did not answer: ReadTimeout; {DOUBT}"
    assert Search((OLD, new)).in_error(doubt.value) == []
    scene.answer = scene.program.answer
    capsys.readouterr()
    for words in (("show", identity(scene.row)), ("show",), ("apply",)):
        scene.secrets(*words)
        assert (
            f"{identity(scene.row)}: its rotation has not ended, so that another value may work; "
            f"./lab secrets rotate {identity(scene.row)} ends it\n"
        ) in capsys.readouterr().err
    assert scene.state() == (new, there)
    scene.rotate()
    assert scene.state() == (new, {scene.row.key: new})


def test_a_request_that_arrives_only_while_the_next_one_is_made_is_no_harm(scene: Scene) -> None:
    late: list[httpx.Request] = []

    def hold(request: httpx.Request) -> httpx.Response:
        if f"{request.method} {request.url.path}" != WAYS[scene.row][-1]:
            return scene.program.answer(request)
        late.append(request)
        raise httpx.ReadTimeout(OLD, request=request)

    scene.answer = hold
    with pytest.raises(LabError, match=r"did not answer: ReadTimeout; "):
        scene.rotate()
    assert scene.program.password == OLD

    def release(request: httpx.Request) -> httpx.Response:
        if late and f"{request.method} {request.url.path}" == WAYS[scene.row][-1]:
            scene.program.take(late.pop())
        return scene.program.answer(request)

    scene.answer = release
    scene.rotate()
    password, there = scene.state()
    assert there == {scene.row.key: password}
    assert password != OLD


def test_of_a_program_that_takes_neither_both_are_kept_and_once_it_has_the_old_one_it_is_ended(scene: Scene) -> None:
    scene.program.password = "changed-there"
    for _ in range(2):
        with pytest.raises(LabError) as refusal:
            scene.rotate()
        assert str(refusal.value) == (
            f"{scene.row.name}: takes neither the password that the cluster has nor the next one; it was changed "
            f"there: change it there to what ./lab secrets show {identity(scene.row)} prints"
        )
    there = dict(scene.cluster.values(scene.row))
    assert set(there) == {scene.row.key, f"{scene.row.key}.pending"}
    assert there[scene.row.key] == OLD
    scene.program.password = OLD
    scene.rotate()
    following = there[f"{scene.row.key}.pending"]
    assert scene.state() == (following, {scene.row.key: following})


def test_where_there_is_no_way_to_the_program_no_rotation_has_begun(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_namespace: str, service: str, _port: int, *, seconds: float) -> httpx.Client:
        message = f"{service}: no way within {seconds} s"
        raise LabError(message)

    monkeypatch.setattr(rotation, "forwarded", refuse)
    with pytest.raises(LabError, match=r": no way within 60 s$"):
        scene.rotate()
    assert scene.state() == (OLD, {scene.row.key: OLD})
