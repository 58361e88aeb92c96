#!/bin/bash
# Stands in for docker-entrypoint.sh of the official Neo4j image, for what this project asks of it:
# https://neo4j.com/docs/operations-manual/current/docker/
set -euo pipefail

fail() {
  echo "docker-entrypoint.sh: $*" >&2
  exit 1
}

# Files at /conf take the place of the whole configuration, at each start.
take_configuration() {
  [ -d /conf ] || return 0
  rm -rf "${NEO4J_HOME:?}"/conf/*
  find /conf -type f -exec cp {} "$NEO4J_HOME/conf" \;
}

# NEO4J_server_memory_heap_max__size=1g is the setting server.memory.heap.max_size=1g.
add_settings() {
  local name setting
  for name in $(compgen -e NEO4J_); do
    case $name in
      NEO4J_HOME | NEO4J_EDITION | NEO4J_AUTH) continue ;;
      NEO4J_AUTH_PATH | NEO4J_PLUGINS) fail "$name is not known to this stand-in" ;;
    esac
    setting=${name#NEO4J_}
    setting=${setting//__/-}
    setting=${setting//_/.}
    setting=${setting//-/_}
    sed -i "/^${setting//./\\.}=/d" "$NEO4J_HOME/conf/neo4j.conf" 2>/dev/null || true
    echo "$setting=${!name}" >>"$NEO4J_HOME/conf/neo4j.conf"
  done
}

set_password() {
  [ -n "${NEO4J_AUTH:-}" ] || return 0
  [ "${NEO4J_AUTH%%/*}" = neo4j ] || fail "NEO4J_AUTH must be neo4j/<password>"
  # Counts only before the first start; afterwards Neo4j says so and goes on.
  neo4j-admin dbms set-initial-password "${NEO4J_AUTH#*/}" || true
}

[ "$(id -u)" != 0 ] || fail "this stand-in does not turn root into neo4j; run it as 7474"
take_configuration
if [ "$1" != neo4j ]; then exec "$@"; fi
add_settings
set_password
exec neo4j console
