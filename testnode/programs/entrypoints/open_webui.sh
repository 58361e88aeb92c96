#!/bin/bash
# Stands in for start.sh of the Open WebUI image, which starts the same server after it has looked
# for a secret key.
set -euo pipefail

if [ -z "${WEBUI_SECRET_KEY:-}" ]; then
  echo "start.sh: WEBUI_SECRET_KEY is empty; give it by a Secret" >&2
  exit 1
fi
# The frontend lies in the package, as `open-webui serve` tells it.
export FROM_INIT_PY=true
# Not `open-webui serve`: the image's script starts uvicorn's own command, which reads UVICORN_... variables.
exec python -m uvicorn open_webui.main:app --host "${HOST:-0.0.0.0}" --port "${PORT:-8080}" --forwarded-allow-ips '*' --workers 1
