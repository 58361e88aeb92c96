"""The graph database keeps its image's configuration, and takes the lab's settings by variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ailab.neo4j import Neo4j
from ailab.spec.backup import BackupSpec
from ailab.spec.graph import GraphSpec
from tests.ailab.scene import Scene, environment, pod


@pytest.mark.parametrize(("size", "in_java"), [("512Mi", "512m"), ("1024Mi", "1g"), ("3Gi", "3g"), ("1Ti", "1024g")])
def test_sizes_are_written_as_java_does(size: str, in_java: str, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    Neo4j(scene.chart, "neo4j", GraphSpec(heap=size, page_cache="1Gi", memory="2Ti"), BackupSpec())
    (server,) = pod(scene.objects(), "Deployment/neo4j")["containers"]
    assert environment(server)["NEO4J_server_memory_heap_max__size"] == in_java


@pytest.fixture
def template(tmp_path: Path) -> Any:  # noqa: ANN401 - a pod of Kubernetes
    scene = Scene(tmp_path)
    Neo4j(scene.chart, "neo4j", GraphSpec(heap="2048Mi", page_cache="768Mi", memory="4Gi"), BackupSpec())
    return pod(scene.objects(), "Deployment/neo4j")


def test_the_images_configuration_is_copied_to_where_the_server_reads_it(template: Any) -> None:  # noqa: ANN401
    seed, (server,) = template["initContainers"][0], template["containers"]
    mounts = {mount["mountPath"]: mount["name"] for mount in seed["volumeMounts"]}
    assert (seed["image"], seed["command"]) == (server["image"], ["cp", "-dR", "/var/lib/neo4j/conf/.", "/seeded"])
    # A volume there would hide what is to be copied.
    assert "/var/lib/neo4j/conf" not in mounts
    assert {"name": mounts["/seeded"], "mountPath": "/var/lib/neo4j/conf"} in server["volumeMounts"]


def test_settings_have_the_names_that_the_entrypoint_reads(template: Any) -> None:  # noqa: ANN401
    """A name that is no setting's stops the server."""
    (server,) = template["containers"]
    assert (
        environment(server).items()
        >= {
            "NEO4J_server_memory_heap_initial__size": "2g",
            "NEO4J_server_memory_heap_max__size": "2g",
            "NEO4J_server_memory_pagecache_size": "768m",
            "NEO4J_dbms_usage__report_enabled": "false",
            "NEO4J_server_http_x__forward_enabled": "false",
        }.items()
    )
