"""`./lab` is called from any folder, and paths mean what they mean there."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ailab.secrets import TABLE
from infra.labs import ROOT
from infra.process import Completed, run
from tests.lab_files import MINIMAL

# Its cluster answers whoever has the credentials, and is empty.
KUBECTL = """\
#!/bin/sh
[ -z "$PYTHONPATH" ] && [ -f "$KUBECONFIG" ] && echo '{"items": []}'
"""
MISTYPED = "OPENAI_KEY=x\n"
REPAIR = "line 1: no program reads OPENAI_KEY; did you mean OPENAI_API_KEY?\n"


@dataclass(frozen=True)
class Caller:
    """A person in a folder of their own, beside a project that is installed."""

    project: Path
    folder: Path
    environment: dict[str, str]

    def lab(self, *words: str) -> Completed:
        """Run the project's wrapper from the person's folder."""
        path = Path("..", self.project.name, "lab")
        return run([path, *words], cwd=self.folder, env=self.environment, timeout=60, check=False)


def _program(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(0o755)


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    """Install a copy of the project as the wrapper would, with the environment of these tests and without uv."""
    project, folder, programs = tmp_path / "project", tmp_path / "elsewhere", tmp_path / "programs"
    folder.mkdir()
    shutil.copytree(ROOT / "infra", project / "infra", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("lab", "pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / name, project)
    (project / "labs").mkdir()
    (project / "labs" / "minimal.toml").write_text(MINIMAL, encoding="utf-8")
    _program(project / ".venv" / "bin" / "python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (project / ".venv" / "lab-stamp").touch()
    [version] = re.findall(r"^UV_VERSION=(.+)$", (project / "lab").read_text(encoding="utf-8"), re.MULTILINE)
    _program(tmp_path / "cache" / "gpu-lab" / f"uv-{version}" / "bin" / "uv", "#!/bin/sh\nexit 1\n")
    _program(programs / "kubectl", KUBECTL)
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "PYTHONPATH": "",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "KUBECONFIG": "mine",
    }
    return Caller(project, folder, environment)


def _keys(file: Path, text: str) -> None:
    file.touch(0o600)
    file.write_text(text, encoding="utf-8")


def test_a_file_is_named_from_the_folder_of_the_caller(caller: Caller) -> None:
    _keys(caller.folder / "mine.env", MISTYPED)
    done = caller.lab("secrets", "apply", "--env-file", "mine.env")
    assert (done.status, done.stdout, done.stderr) == (1, "", f"mine.env: {REPAIR}")


def test_the_owners_file_is_that_of_the_project(caller: Caller) -> None:
    _keys(caller.folder / ".env", "broken line\n")
    _keys(caller.project / ".env", MISTYPED)
    done = caller.lab("secrets", "apply")
    assert (done.status, done.stdout, done.stderr) == (1, "", f"{caller.project / '.env'}: {REPAIR}")


def test_the_credentials_of_a_cluster_are_named_from_the_folder_of_the_caller(caller: Caller) -> None:
    done = caller.lab("secrets", "show")
    told = (
        'KUBECONFIG: mine: no cluster answers; name a cluster by eval "$(./lab kubeconfig)", or '
        'start one by eval "$(./lab cluster up)"\n'
    )
    assert (done.status, done.stdout, done.stderr) == (1, "", told)
    (caller.folder / "mine").touch()
    done = caller.lab("secrets", "show")
    assert (done.status, len(done.stdout.splitlines()), done.stderr) == (0, len(TABLE), "")


def test_where_there_is_no_place_for_a_cache_it_is_told_what_to_set(caller: Caller) -> None:
    bare = ("env", "-u", "HOME", "-u", "XDG_CACHE_HOME", str(caller.project / "lab"), "status")
    done = run(bare, cwd=caller.folder, timeout=60, check=False)
    assert (done.status, done.stdout, done.stderr) == (
        *(1, ""),
        "lab: HOME is not set; set it to your own folder, or XDG_CACHE_HOME to one for caches\n",
    )


def test_modules_in_the_folder_of_the_caller_are_not_the_projects(caller: Caller) -> None:
    for name in ("ailab.py", "click.py", "infra.py"):
        (caller.folder / name).write_text("raise SystemExit('the caller\\'s')\n", encoding="utf-8")
    done = caller.lab("no-such-verb")
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.endswith("Error: No such command 'no-such-verb'.\n")


def test_what_the_lock_file_names_is_installed_when_it_has_changed(caller: Caller) -> None:
    (caller.project / ".venv" / "lab-stamp").unlink()
    done = caller.lab("--help")
    told = "lab: installing what uv.lock names (half a minute the first time)\n"
    assert (done.status, done.stdout, done.stderr) == (1, "", told)
