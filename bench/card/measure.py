"""`python3 -m bench.card.measure CASES OUT [CASE...]`: run engines on this machine's GPU and write down what they take.

It needs two packages alone, click and rich: a machine with a GPU need not have all of this project's. CASES is a folder
that `python -m bench.card.cases` made; OUT gets `measured.json` and the log of each engine. `ollama`, `vllm` and
`nvidia-smi` must be on PATH. Settings of the card are left as they are.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from infra.console import say
from infra.errors import LabError
from infra.process import Child, run, start
from testnode.patience import until

ROOT: Final = Path("/tmp/card")  # noqa: S108 - of a machine that is thrown away
URLS: Final = {"ollama": "http://127.0.0.1:11434", "vllm": "http://127.0.0.1:8000"}
READY: Final = {"ollama": "/api/version", "vllm": "/health"}
START_SECONDS: Final = 300
ANSWER_SECONDS: Final = 180
STOP_SECONDS: Final = 30
POLL_SECONDS: Final = 0.5
LAST_WORDS: Final = 1500
LOADING: Final = "Starting to load model"  # what vLLM says when it begins to take memory of the card
MEDIA: Final = "application/vnd.docker"
Json = dict[str, Any]


class Failed(Exception):  # noqa: N818 - what became of a step
    """An engine did not start or did not answer."""


class Machine:
    """The engines that run."""

    def __init__(self, out: Path) -> None:
        """Write logs to `out`."""
        self.out = out
        self.running: dict[str, Child] = {}
        self.loads: list[Child] = []

    def case(self, name: str, steps: list[Json]) -> Json:
        """Do the steps and look at the card after each; a step that fails is the last."""
        rows: list[Json] = []
        for log in self.out.glob(f"{name}-*.log"):
            log.unlink()  # of an earlier run of this case
        try:
            for step in steps:
                said = self.do(name, step)
                rows.append({"step": step, "said": said, **self.look()})
        except Failed as failed:
            rows.append({"step": step, "failed": str(failed), **self.look()})
        finally:
            for engine in tuple(self.running):
                self.stop(engine)
        return {"name": name, "rows": rows}

    def do(self, case: str, step: Json) -> Json:
        """Do one step and return what was said."""
        match step["do"]:
            case "start":
                return self.start(case, step)
            case "stop":
                self.stop(step["engine"])
                return {}
            case "ask":
                return ask_server(step["model"], step["tokens"], step["texts"])
        return load(step["model"], step["characters"])

    def start(self, case: str, step: Json) -> Json:
        """Start an engine and wait until it answers; meanwhile other models may be asked for."""
        engine = step["engine"]
        log = self.out / f"{case}-{engine}.log"
        child = self.running[engine] = start(step["command"], log=log, env=step["environment"])
        began, beside = time.monotonic(), list(step.get("loads", []))
        while time.monotonic() - began < START_SECONDS and child.poll() is None:
            if beside and LOADING in log.read_text(encoding="utf-8", errors="replace"):
                module = [sys.executable, "-m", "bench.card.measure", "--load"]
                self.loads = [start([*module, tag], log=self.out / "loads.log") for tag in beside]
                beside = []
            with contextlib.suppress(OSError):
                urllib.request.urlopen(URLS[engine] + READY[engine], timeout=2).read()  # noqa: S310 - ours
                loads, self.loads = [each.wait() for each in self.loads], []
                return {"seconds": round(time.monotonic() - began, 1), "loads": loads}
            time.sleep(POLL_SECONDS)
        raise Failed(log.read_text(encoding="utf-8", errors="replace")[-LAST_WORDS:])

    def stop(self, engine: str) -> None:
        """End an engine with all its programs."""
        child = self.running.pop(engine)
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, number)
            with contextlib.suppress(LabError):
                until(lambda: child.poll() is not None, STOP_SECONDS, f"{engine} has ended")
        time.sleep(1)  # until the driver has taken its memory back

    def look(self) -> Json:
        """Read what the driver says of the card and each program on it, in MiB."""
        [(used, total)] = driver("--query-gpu=memory.used,memory.total")
        programs = {
            pid: {"gpu": int(taken), **process_of(pid)} for pid, taken in driver("--query-compute-apps=pid,used_memory")
        }
        loaded = None
        if "ollama" in self.running:
            with contextlib.suppress(Failed):
                loaded = ask("ollama", "/api/ps", None)["models"]
        return {"used": int(used), "total": int(total), "programs": programs, "ps": loaded}


def driver(query: str) -> list[tuple[str, ...]]:
    """Ask `nvidia-smi` and return its rows."""
    done = run(["nvidia-smi", query, "--format=csv,noheader,nounits"], timeout=ANSWER_SECONDS)
    return [tuple(part.strip() for part in line.split(",")) for line in done.stdout.splitlines() if line.strip()]


def process_of(pid: str) -> Json:
    """Read a program's name and its memory on the host, in MiB."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {"command": "has ended"}
    memory = {line.split(":")[0]: int(line.split()[1]) // 1024 for line in status if line.startswith(("Rss", "VmRSS"))}
    return {"command": command[:400], **memory}


def load(tag: str, characters: int) -> Json:
    """Have Ollama answer a text of so many characters."""
    if "embed" in tag:
        return ask("ollama", "/api/embed", {"model": tag, "input": "a " * (characters // 2), "keep_alive": -1})
    body = {"model": tag, "prompt": "a" * characters, "stream": False, "keep_alive": -1, "options": {"num_predict": 4}}
    return ask("ollama", "/api/generate", body)


def ask_server(model: str, tokens: int, texts: int) -> Json:
    """Have vLLM answer so many texts at once."""
    text = [5 + number % 900 for number in range(tokens)]
    return ask("vllm", "/v1/completions", {"model": model, "prompt": [text] * texts, "max_tokens": 8})


def ask(engine: str, path: str, body: Mapping[str, object] | None) -> Json:
    """Send a request and return the answer, without what it counts of itself.

    Raises:
        Failed: it was refused, or nobody answered.

    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URLS[engine] + path, data, {"Content-Type": "application/json"})  # noqa: S310 - ours
    try:
        answer: Json = json.loads(urllib.request.urlopen(request, timeout=ANSWER_SECONDS).read())  # noqa: S310
    except urllib.error.HTTPError as error:
        raise Failed(error.read().decode(errors="replace")[:LAST_WORDS]) from error
    except OSError as error:
        raise Failed(str(error)) from error
    return {name: value for name, value in answer.items() if name in {"models", "usage", "prompt_eval_count"}}


def lay_down(cases: Path) -> None:
    """Put the models where the engines look for them, as `ollama pull` would; the files' weights are holes."""
    shutil.copytree(cases / "served", ROOT / "served", dirs_exist_ok=True)
    for tag, file in json.loads((cases / "files.json").read_text(encoding="utf-8")).items():
        head = (cases / file["head"]).read_bytes()
        digest = _blob(head)
        os.truncate(ROOT / "models/blobs" / digest.replace(":", "-"), file["size"])
        layers = [_layer("application/vnd.ollama.image.model", digest, file["size"])]
        template = b"{{ .Prompt }}"
        layers.append(_layer("application/vnd.ollama.image.template", _blob(template), len(template)))
        facts = {"model_format": "gguf", "model_family": "llama", "rootfs": {"type": "layers", "diff_ids": [digest]}}
        config = json.dumps(facts).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{MEDIA}.distribution.manifest.v2+json",
            "config": _layer(f"{MEDIA}.container.image.v1+json", _blob(config), len(config)),
            "layers": layers,
        }
        place = ROOT / "models/manifests/registry.ollama.ai/library" / tag.replace(":", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(manifest), encoding="utf-8")


def _layer(media: str, digest: str, size: int) -> Json:
    return {"mediaType": media, "digest": digest, "size": size}


def _blob(data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()
    place = ROOT / "models/blobs" / f"sha256-{digest}"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return f"sha256:{digest}"


def main(cases: Path, out: Path, only: list[str]) -> None:
    """Run the cases, all or some, and write each down as soon as it is done; what OUT has of others stays."""
    out.mkdir(parents=True, exist_ok=True)
    lay_down(cases)
    machine, file = Machine(out), out / "measured.json"
    seen = {each["name"]: each for each in json.loads(file.read_text(encoding="utf-8"))} if file.exists() else {}
    for case in json.loads((cases / "cases.json").read_text(encoding="utf-8")):
        if not only or case["name"] in only:
            done = seen[case["name"]] = machine.case(case["name"], case["steps"])
            file.write_text(json.dumps(list(seen.values()), indent=1), encoding="utf-8")
            used = [row.get("failed") or f"{row['used']} MiB" for row in done["rows"]]
            say(f"{case['name']}: {', '.join(used)}")


if __name__ == "__main__":
    if sys.argv[1] == "--load":
        load(sys.argv[2], 1)
    else:
        main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
