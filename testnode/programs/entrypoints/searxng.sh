#!/bin/sh
# Stands in for entrypoint.sh of the SearXNG image, which starts the same server after it has looked at its folders.
set -eu

settings=/etc/searxng/settings.yml
if [ ! -f "$settings" ]; then
  echo "entrypoint.sh: $settings is not there; mount it" >&2
  exit 127
fi
# A Service named searxng injects SEARXNG_PORT=tcp://...; the image drops what is no number.
case "${SEARXNG_PORT:-}" in
  '') ;;
  *[!0-9]*) unset SEARXNG_PORT ;;
  *) export GRANIAN_PORT="$SEARXNG_PORT" ;;
esac
exec granian searx.webapp:app
