"""Open WebUI, from PyPI: the version of the image, its frontend included, without PyTorch."""

from __future__ import annotations

from pathlib import Path

from testnode.images import SEARCH_PATH
from testnode.programs.program import Program
from testnode.programs.python_environment import python_environment, python_folders
from testnode.standin import StandIn

VERSION = "0.12.4"
BACKEND = "/app/backend"
START = Path(__file__).parent / "entrypoints/open_webui.sh"


def open_webui() -> Program:
    """Return Open WebUI in the place of its image."""
    environment = python_environment("open-webui")
    return Program(stand_in=_stand_in(environment.folder), recipes=(environment,))


def _stand_in(environment: Path) -> StandIn:
    return StandIn(
        repository="ghcr.io/open-webui/open-webui",
        program=f"Open WebUI {VERSION} (PyPI)",
        cmd=("bash", "start.sh"),
        working_directory=BACKEND,
        # The image's own, so that a manifest is seen to override what does not suit a restricted pod:
        # https://github.com/open-webui/open-webui/blob/main/Dockerfile
        env={
            "PATH": f"{environment}/venv/bin:{SEARCH_PATH}",
            "ENV": "prod",
            "PORT": "8080",
            "HOME": "/root",
            "DATA_DIR": f"{BACKEND}/data",
            "HF_HOME": f"{BACKEND}/data/cache/embedding/models",
            "SENTENCE_TRANSFORMERS_HOME": f"{BACKEND}/data/cache/embedding/models",
            "WHISPER_MODEL": "base",
            "WHISPER_MODEL_DIR": f"{BACKEND}/data/cache/whisper/models",
            "OLLAMA_BASE_URL": "/ollama",
            "OPENAI_API_BASE_URL": "",
            "OPENAI_API_KEY": "",
            "WEBUI_SECRET_KEY": "",
            "SCARF_NO_ANALYTICS": "true",
            "DO_NOT_TRACK": "true",
            "ANONYMIZED_TELEMETRY": "false",
        },
        files={f"{BACKEND}/start.sh": START},
        directories={f"{BACKEND}/data": 0o755},
        binds=(environment, *python_folders()),
        reasons=(
            "PyTorch is left out (5 GB with its CUDA libraries): no embeddings, reranking or speech in its own process",
            "the models that the image carries (embedding, whisper) are not there",
            "an empty WEBUI_SECRET_KEY ends it at once; the image would try to write one into its own root",
            "the code lies outside /app",
        ),
    )
