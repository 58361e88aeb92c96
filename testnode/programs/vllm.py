"""vLLM without a GPU: a server of our own behind its command line, and the real downloader of its models."""

from __future__ import annotations

from pathlib import Path

import infra
from testnode.cache import Recipe
from testnode.images import SEARCH_PATH
from testnode.programs.program import Program
from testnode.programs.python_environment import python_environment, python_folders
from testnode.programs.vllm_server.api import VERSION
from testnode.programs.vllm_server.options import PARSER
from testnode.standin import StandIn

UID = 2000
CODE = "/opt/gpu-lab"
ROOT = Path(infra.__file__).parents[1]
# All that the server imports beside its environment.
MODULES = (
    *(f"infra/{name}.py" for name in ("__init__", "errors")),
    "testnode/__init__.py",
    *(f"testnode/internet/{name}.py" for name in ("__init__", "exchange", "handler")),
    *(f"testnode/internet/providers/{name}.py" for name in ("__init__", "chat_completions", "reply", "wire")),
    "testnode/programs/__init__.py",
    "testnode/programs/vllm_server/*",
)

ENTRYPOINT = f"""\
#!/bin/sh
exec env PYTHONPATH={CODE} PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
python3 -m testnode.programs.vllm_server "$@"
"""


def vllm() -> Program:
    """Return the stand-in for vLLM's OpenAI server."""
    environment = python_environment("vllm")
    return Program(stand_in=_stand_in(environment), recipes=(environment,))


def _stand_in(environment: Recipe) -> StandIn:
    folder = environment.folder
    return StandIn(
        repository="docker.io/vllm/vllm-openai",
        program=f"a server of our own that answers as vLLM {VERSION}, and huggingface_hub 2.4.0 (PyPI)",
        entrypoint=("vllm", "serve"),
        env={"PATH": f"{folder}/venv/bin:{SEARCH_PATH}", "HOME": "/home/vllm"},
        files={"/usr/local/bin/vllm": ENTRYPOINT, **_code()},
        directories={"/home/vllm": 0o777},
        users={"vllm": UID},
        working_directory="/vllm-workspace",
        binds=(folder, *python_folders()),
        reasons=(
            "no model is computed and no GPU is touched: PyPI has vLLM for CUDA alone, with PyTorch (gigabytes)",
            (
                "the weights are a file without tensors whose header says what the model thinks and answers; tokens "
                "are words, 20 ms each, and no prompt is found in the cache again"
            ),
            (
                f"every flag of vLLM {VERSION} is known and others are refused; an effect have --revision (which must "
                "be given), --served-model-name, --port, --max-model-len, --max-num-seqs, --enable-auto-tool-choice "
                f"with any --tool-call-parser, and --reasoning-parser, which must be {PARSER}"
            ),
            (
                "of the API it has chat completions, models, health, version and metrics; of a chat's fields those "
                "that decide about length, streaming and tools; one answer a request (`n`)"
            ),
            "a tool is called when the last message says `Call TOOL with {...}`, or the client insists on one",
            "whoever leaves a chat that is not streamed does not abort it",
            "the model is never downloaded by the server itself",
        ),
    )


def _code() -> dict[str, Path]:
    """Return the server's files, under the names by which they import each other."""
    files = (file for pattern in MODULES for file in sorted(ROOT.glob(pattern)) if file.is_file())
    return {f"{CODE}/{file.relative_to(ROOT)}": file for file in files}
