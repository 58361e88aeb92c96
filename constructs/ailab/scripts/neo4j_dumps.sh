#!/usr/bin/env bash
# neo4j_dumps.sh dump DAYS | list | restore DUMP
# Neo4j must not run: its community edition dumps and loads a database that is offline.
. "$(dirname "$0")/dumps.sh"

# Runs before Neo4j, which must start even where there can be no dump: what was cut off can only be dumped after the
# recovery that its next start brings.
dump() {
  if [ ! -d /data/databases/neo4j ]; then
    echo "there is no graph yet"
  elif ! { begin "$1" && neo4j-admin database dump neo4j --to-path="$PARTIAL" && finish "$1"; }; then
    echo "NO DUMP: see above; Neo4j starts without one" >&2
  fi
}

restore() {
  found "$1"
  neo4j-admin database load neo4j --from-path="$1" --overwrite-destination=true
  echo "restored neo4j"
}

case $1 in
  dump | list | restore) "$@" ;;
  *) fail "neo4j_dumps.sh: $1 is not known" ;;
esac
