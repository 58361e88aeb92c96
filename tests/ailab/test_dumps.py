from __future__ import annotations

from ailab.dumps import PostgresDumps
from ailab.neo4j import Neo4j
from ailab.spec.backup import BackupSpec
from ailab.spec.graph import GraphSpec
from tests.ailab.scene import Scene, ends, environment, pod
from tests.policy.seeds import find

SPEC = BackupSpec.model_validate({"volume": "5Gi", "class": "other-disk", "keep_days": 3})


def test_every_night_each_database_is_dumped_onto_a_volume_that_is_not_the_servers(scene: Scene) -> None:
    PostgresDumps(scene.chart, "postgres-dumps", SPEC, postgres=scene.postgres(), storage_class="local-path")
    objects = scene.objects()
    schedule = find(objects, "CronJob/postgres-dumps")["spec"]
    assert (schedule["schedule"], schedule["timeZone"], schedule["startingDeadlineSeconds"]) == (
        "15 3 * * *",
        "Etc/UTC",
        23 * 3600,
    )
    [container] = schedule["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["dump", "3"]
    assert environment(container)["PGPASSWORD"] == "postgres/superuser-password"
    claim = find(objects, "PersistentVolumeClaim/postgres-dumps")["spec"]
    assert (claim["storageClassName"], claim["resources"]["requests"]["storage"]) == ("other-disk", "5Gi")
    assert ends(objects) == {("postgres-dumps", "postgres", 5432)}


def test_the_graph_is_dumped_before_the_server_starts(scene: Scene) -> None:
    Neo4j(scene.chart, "neo4j", GraphSpec(), SPEC)
    _, dump = pod(scene.objects(), "Deployment/neo4j")["initContainers"]
    mounts = {mount["mountPath"]: mount["name"] for mount in dump["volumeMounts"]}
    assert (dump["name"], dump["args"]) == ("dump", ["dump", "3"])
    assert (mounts["/data"], mounts["/backups"]) == ("neo4j-data", "neo4j-dumps")


def test_dumps_are_on_the_class_of_the_data_unless_another_is_said(scene: Scene) -> None:
    Neo4j(scene.chart, "neo4j", GraphSpec(), BackupSpec(), storage_class="local-path")
    claim = find(scene.objects(), "PersistentVolumeClaim/neo4j-dumps")
    assert claim["spec"]["storageClassName"] == "local-path"
