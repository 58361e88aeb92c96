#!/usr/bin/env bash
# pull.sh MODEL...: let $OLLAMA_MODELS have these models and no others, by a server of this pod's own. What is there is
# not fetched again; one model that cannot be had does not keep the others away, and nothing is removed then: a list with
# a wrong name is tried for hours, maybe beside the one that has taken its place.
set -euo pipefail
trap 'exit 143' TERM # the first process of a container hears no signal without it; the others end with this one

ollama serve &
server=$!
until ollama ps > /dev/null 2>&1; do
  kill -0 "$server"
  sleep 1
done
failed=()
for model in "$@"; do
  echo "pulling $model"
  ollama pull "$model" & # the trap waits for what runs in the foreground, which may be hours
  wait $! || failed+=("$model")
done

# What the lab file no longer names is not served any longer and gives its space back.
if ((${#failed[@]} == 0)); then
  ollama list | while read -r model _; do
    [[ $model == NAME || " $* " == *" $model "* ]] || ollama rm "$model"
  done
fi

kill "$server"
wait "$server" || true
if ((${#failed[@]})); then
  echo "not pulled: ${failed[*]}" >&2
  exit 1
fi
