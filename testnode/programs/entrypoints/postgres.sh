#!/bin/bash
# Stands in for docker-entrypoint.sh of the official postgres image and keeps its promises for the
# variables named below: https://hub.docker.com/_/postgres ("How to extend this image").
set -euo pipefail

fail() {
  echo "docker-entrypoint.sh: $*" >&2
  exit 1
}

read_password() {
  [ -z "${POSTGRES_PASSWORD:-}" ] || [ -z "${POSTGRES_PASSWORD_FILE:-}" ] ||
    fail "POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are both set; give one of them"
  [ -z "${POSTGRES_PASSWORD_FILE:-}" ] || POSTGRES_PASSWORD=$(<"$POSTGRES_PASSWORD_FILE")
  [ -n "${POSTGRES_PASSWORD:-}" ] || fail "an empty database needs POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE"
}

make_database() {
  # shellcheck disable=SC2086 # POSTGRES_INITDB_ARGS are several words by definition
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
    --set unix_socket_directories=/var/run/postgresql --set "listen_addresses=*" ${POSTGRES_INITDB_ARGS:-}
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
}

# While the database is being filled the server listens on its socket only, so that nobody who asks
# the port takes it for ready.
with_private_server() {
  export PGPASSWORD=$POSTGRES_PASSWORD PGUSER=$POSTGRES_USER
  pg_ctl --wait start --options "$(printf '%q ' "$@" -c listen_addresses= -p "${PGPORT:-5432}")"
  [ "$POSTGRES_DB" = postgres ] || createdb --maintenance-db=postgres "$POSTGRES_DB"
  export PGDATABASE=$POSTGRES_DB
  run_scripts
  pg_ctl --wait --mode=fast stop
  unset PGPASSWORD PGUSER PGDATABASE
}

run_scripts() {
  local script
  for script in /docker-entrypoint-initdb.d/*; do
    echo "docker-entrypoint.sh: $script"
    case $script in
      # An executable script runs, any other is read into this shell, as in the real image.
      *.sh) if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
      *.sql) psql --no-psqlrc --no-password --set ON_ERROR_STOP=1 --file "$script" ;;
      *) echo "docker-entrypoint.sh: $script is passed over: only .sh and .sql are known here" ;;
    esac
  done
}

[ "${1:0:1}" != - ] || set -- postgres "$@"
[ "$1" = postgres ] || exec "$@"

# Since version 18 the data lies one folder deeper, and a volume at the old place would be lost.
[ -z "$(ls -A /var/lib/postgresql/data 2>/dev/null)" ] ||
  fail "there is data in /var/lib/postgresql/data; mount the volume at /var/lib/postgresql"
mkdir -p "$PGDATA"
chmod 0700 "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  shopt -s nullglob
  POSTGRES_USER=${POSTGRES_USER:-postgres}
  POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
  read_password
  make_database
  with_private_server "${@:2}"
fi
exec "$@"
