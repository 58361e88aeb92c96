#!/usr/bin/env bash
# pull.sh MODEL...: fetch models onto $OLLAMA_MODELS with a server of this pod's own; what is there is not fetched again.
set -euo pipefail

ollama serve &
server=$!
until ollama ps > /dev/null 2>&1; do
  kill -0 "$server"
  sleep 1
done
for model in "$@"; do
  echo "pulling $model"
  ollama pull "$model"
done
kill "$server"
wait "$server" || true
