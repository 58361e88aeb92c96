"""What the doctor concludes of an arrow, what it advises, and what it prints."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from ailab.spec import LabSpec
from infra import doctor
from infra.checkup.cluster import Cluster
from infra.checkup.evidence import Evidence
from infra.checkup.examination import Case, collected, faulty, repair
from infra.checkup.fault import Fault
from infra.checkup.finding import Finding, Part, State
from infra.checkup.place import Outcome, Tried
from infra.cli import lab
from infra.edges import Edge
from infra.errors import LabError
from infra.labs import one_lab

POSTGRES = Edge("litellm", "postgres", 5432, "rows")
OLLAMA = Edge("litellm", "ollama", 11434, "answers")
PHOENIX = Edge("litellm", "phoenix", 4317, "traces")
TRACES = Edge("phoenix", "postgres", 5432, "traces")
NAMES = Edge("litellm", "dns", 53, "names")
SEARXNG = Edge("open-webui", "searxng", 8080, "search")
DOOR = Edge("node", "ingress", 8080, "browsers")
WELL = Cluster(away=frozenset(), leaving=frozenset(), entering=frozenset())
OPEN = Tried(Outcome.CONNECTED, 0.25)
APPLY = "kubectl apply --filename=dist/gpu-lab"


@pytest.fixture(scope="module")
def spec() -> LabSpec:
    return one_lab("gpu-lab")


SEEN = Evidence("its row is there", 2, holds=True)
UNSEEN = Evidence("its row is there", 2, holds=False)


@pytest.mark.parametrize(
    ("case", "broken", "state", "said"),
    [
        (Case(POSTGRES, OPEN, None), [], State.HOLDS, "a connection opens"),
        (Case(POSTGRES, OPEN, SEEN), [], State.HOLDS, "its row is there"),
        (Case(POSTGRES, OPEN, UNSEEN), [], State.BROKEN, "its row is there"),
        (Case(POSTGRES, Tried(Outcome.SILENT, 5), None), [POSTGRES], State.BROKEN, "no answer"),
        (Case(POSTGRES, Tried(Outcome.REFUSED, 0), None), [POSTGRES], State.BROKEN, "the connection is refused"),
        (Case(POSTGRES, Tried(Outcome.NAMELESS, 0), None), [POSTGRES], State.BROKEN, "the name is not found"),
        (Case(POSTGRES, Tried(Outcome.NOT_TRIED, 0), None), [POSTGRES], State.UNKNOWN, "the try did not run"),
        # Without names nothing is found, and only the way to them is broken.
        (Case(POSTGRES, Tried(Outcome.NAMELESS, 0), None), [NAMES, POSTGRES], State.UNKNOWN, "litellm finds no names"),
        (Case(NAMES, Tried(Outcome.NAMELESS, 0), None), [NAMES, POSTGRES], State.BROKEN, "the name is not found"),
        # A gateway without its database answers nobody, which says nothing of the model.
        (
            Case(OLLAMA, OPEN, UNSEEN),
            [POSTGRES],
            State.UNKNOWN,
            "its row is there; perhaps because of litellm -> postgres:5432",
        ),
        (
            Case(PHOENIX, OPEN, UNSEEN),
            [TRACES],
            State.UNKNOWN,
            "its row is there; perhaps because of phoenix -> postgres:5432",
        ),
        (Case(OLLAMA, OPEN, UNSEEN), [SEARXNG], State.BROKEN, "its row is there"),
        (Case(DOOR, None, UNSEEN), [SEARXNG], State.BROKEN, "its row is there"),
        (Case(DOOR, None, None), [], State.UNKNOWN, "cannot be tried from here"),
    ],
)
def test_an_arrow_is_judged_by_its_own_connection_first(
    spec: LabSpec, case: Case, broken: list[Edge], state: State, said: str
) -> None:
    found = case.finding(spec, WELL, frozenset(broken))
    assert (found.state, found.said) == (state, said)
    assert (found.repair is None) == (state is State.HOLDS or said == "cannot be tried from here")


def test_the_time_of_an_arrow_is_that_of_all_that_was_done_over_it(spec: LabSpec) -> None:
    found = Case(POSTGRES, OPEN, SEEN).finding(spec, WELL, frozenset())
    assert found.seconds == 2.25


@pytest.mark.parametrize(
    ("cluster", "edge", "outcome", "advice"),
    [
        (
            replace(WELL, away=frozenset({"postgres"}), leaving=frozenset({"litellm"})),
            POSTGRES,
            Outcome.SILENT,
            f"the NetworkPolicy litellm is not the one of the manifests: {APPLY}",
        ),
        (
            replace(WELL, away=frozenset({"postgres", "litellm"})),
            POSTGRES,
            Outcome.REFUSED,
            (
                "postgres has no ready pod: ./lab logs postgres; "
                "kubectl describe pod --all-namespaces --selector=app.kubernetes.io/name=postgres"
            ),
        ),
        (
            replace(WELL, away=frozenset({"postgres"}), faults={"postgres": Fault("it is gone", stale=True)}),
            POSTGRES,
            Outcome.REFUSED,
            f"postgres has no ready pod, it is gone: {APPLY}",
        ),
        # A part that is ready all the same breaks no arrow.
        (
            replace(WELL, faults={"postgres": Fault("it is full")}),
            POSTGRES,
            None,
            "./lab logs litellm; ./lab logs postgres",
        ),
        (
            replace(WELL, entering=frozenset({"postgres"})),
            POSTGRES,
            Outcome.SILENT,
            f"the NetworkPolicy postgres is not the one of the manifests: {APPLY}",
        ),
        # What PostgreSQL may reach, and who reaches the gateway, has no part in it.
        (
            replace(WELL, entering=frozenset({"litellm"}), leaving=frozenset({"postgres"})),
            POSTGRES,
            None,
            "./lab logs litellm; ./lab logs postgres",
        ),
        (WELL, POSTGRES, Outcome.NAMELESS, "kubectl logs --namespace=kube-system --selector=k8s-app=kube-dns"),
        (WELL, POSTGRES, Outcome.NOT_TRIED, "kubectl get events --namespace=ai-lab says why its pod did not run"),
        (
            WELL,
            POSTGRES,
            Outcome.SILENT,
            f"kubectl get networkpolicies,endpointslices --namespace=ai-lab; {APPLY}",
        ),
        (WELL, POSTGRES, None, "./lab logs litellm; ./lab logs postgres"),
        (
            WELL,
            DOOR,
            None,
            "are you in the lab's tailnet (tailscale status)? ./lab names lists its addresses, --door takes another",
        ),
    ],
)
def test_the_advice_names_what_the_cluster_says_of_the_arrows_ends(
    spec: LabSpec, cluster: Cluster, edge: Edge, outcome: Outcome | None, advice: str
) -> None:
    assert repair(edge, outcome, cluster, spec) == advice


def test_each_part_with_a_fault_is_told_with_what_to_do(spec: LabSpec) -> None:
    known = {"litellm": Fault("the ConfigMap litellm is not the one of the manifests", stale=True)}
    cluster = replace(WELL, away=frozenset({"litellm", "searxng"}), faults=known)
    look = "./lab logs searxng; kubectl describe pod --all-namespaces --selector=app.kubernetes.io/name=searxng"
    assert faulty(cluster, spec) == [
        Finding(Part("litellm"), State.BROKEN, 0, known["litellm"].said, APPLY),
        Finding(Part("searxng"), State.BROKEN, 0, "has no ready pod", look),
    ]
    assert faulty(WELL, spec) == []


FULL = Finding(Part("prometheus"), State.BROKEN, 0, "the volume of prometheus-data is full", "look")
FOUND = [
    Finding(POSTGRES, State.HOLDS, 0.0125, "its row is there"),
    Finding(SEARXNG, State.BROKEN, 5, "no answer", "repair it"),
    Finding(DOOR, State.UNKNOWN, 0, "cannot be tried from here"),
]


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Finding]], None]:
    """Let the next examination end with these findings."""

    def set_findings(found: list[Finding]) -> None:
        monkeypatch.setenv("KUBECONFIG", "mine")
        monkeypatch.setattr(doctor, "require_cluster", lambda: None)
        monkeypatch.setattr(doctor, "in_cluster", lambda _place: {})
        monkeypatch.setattr(doctor, "examine", lambda *_known, **_wanted: found)

    return set_findings


def test_a_line_says_how_an_arrow_is_how_long_it_took_and_what_to_do(
    finds: Callable[[list[Finding]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    finds(FOUND)
    with pytest.raises(LabError, match=r"^broken: 1 of 3 arrows: open-webui -> searxng:8080$"):
        lab.main(["doctor"], standalone_mode=False)
    assert capsys.readouterr().out.splitlines() == [
        "ok      litellm -> postgres:5432                           12 ms  its row is there",
        "BROKEN  open-webui -> searxng:8080                       5000 ms  no answer: repair it",
        "unknown node -> ingress:8080                                0 ms  cannot be tried from here",
    ]


def test_a_lab_whose_arrows_hold_is_told_so(
    finds: Callable[[list[Finding]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    finds([FOUND[0], FOUND[2]])
    lab.main(["doctor"], standalone_mode=False)
    assert capsys.readouterr().err == "1 arrows hold; 1 cannot be told\n"


def test_a_part_is_told_beside_the_arrows(
    finds: Callable[[list[Finding]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    finds([FULL, *FOUND])
    with pytest.raises(LabError, match=r"^broken: prometheus; 1 of 3 arrows: open-webui -> searxng:8080$"):
        lab.main(["doctor", "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out.splitlines()[0]) == {
        "part": "prometheus",
        "state": "broken",
        "seconds": 0,
        "said": "the volume of prometheus-data is full",
        "repair": "look",
    }


def test_a_part_alone_is_broken_too(finds: Callable[[list[Finding]], None]) -> None:
    finds([FULL, FOUND[0]])
    with pytest.raises(LabError, match=r"^broken: prometheus$"):
        lab.main(["doctor"], standalone_mode=False)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Callable[[Cluster], None]:
    """Let the cluster say this, and nothing be examined."""

    def set_cluster(cluster: Cluster) -> None:
        monkeypatch.setenv("KUBECONFIG", "mine")
        monkeypatch.setattr(doctor, "require_cluster", lambda: None)
        monkeypatch.setattr(Cluster, "of", lambda *_known: cluster)

    return set_cluster


def test_a_quick_look_names_faulty_parts(looks: Callable[[Cluster], None], capsys: pytest.CaptureFixture[str]) -> None:
    looks(replace(WELL, away=frozenset({"litellm"})))
    with pytest.raises(LabError, match=r"^broken: litellm$"):
        lab.main(["doctor", "--quick"], standalone_mode=False)
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [["BROKEN", "litellm"]]


def test_a_quick_look_at_a_whole_lab_says_so(
    looks: Callable[[Cluster], None], capsys: pytest.CaptureFixture[str]
) -> None:
    looks(WELL)
    lab.main(["doctor", "--quick"], standalone_mode=False)
    assert capsys.readouterr() == ("", "every part is ready, and as the manifests say\n")


def test_another_program_reads_a_json_object_a_line(
    finds: Callable[[list[Finding]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    finds(FOUND[:1])
    lab.main(["doctor", "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out) == {
        "source": "litellm",
        "target": "postgres",
        "port": 5432,
        "state": "holds",
        "seconds": 0.013,
        "said": "its row is there",
        "repair": None,
    }


def test_what_could_not_be_asked_is_told_and_what_was_seen_before_is_kept() -> None:
    def source() -> Iterator[tuple[Edge, Evidence]]:
        yield OLLAMA, SEEN
        message = "phoenix: no way through the API server: pod is not running"
        raise LabError(message)

    told: list[str] = []
    assert collected(source, told.append) == {OLLAMA: SEEN}
    assert told == ["not all was asked: phoenix: no way through the API server: pod is not running"]
