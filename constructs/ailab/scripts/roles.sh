#!/usr/bin/env bash
# roles.sh ROLE...: give each role a login with the password in $PASSWORD_<role> and a database of its own, then stay and
# bring again what somebody takes away. Runs beside the server. Each step can be repeated.
set -euo pipefail
trap 'exit 0' TERM INT # INT: the image's STOPSIGNAL, which ends its server at once and counts for this container too

marks=${TMPDIR:-/tmp}
rm -f "$marks/roles-are-there" "$marks/roles-were-asked-for" # of the start before: the folder outlives the container

# By address: while the image initialises, its server listens on the socket alone.
export PGHOST=127.0.0.1 PGUSER=postgres PGDATABASE=postgres PGCONNECT_TIMEOUT=5

sql() {
  timeout 60 psql --quiet --no-psqlrc --no-align --tuples-only --set=ON_ERROR_STOP=1 "$@"
}

# bring ROLE...
bring() {
  local role variable
  for role in "$@"; do
    variable="PASSWORD_$role"
    # The password goes by the environment: arguments can be read by others, and the server must not log it either.
    PASSWORD="${!variable}" sql --set=role="$role" <<'SQL' || return
SET log_min_error_statement TO panic;
\getenv password PASSWORD
SELECT format('CREATE ROLE %I', :'role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" LOGIN PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'role', :'role')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'role') \gexec
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
    echo "role and database $role are there"
  done
}

# gone ROLE...: those that are not there, may not log in, or have no database.
gone() {
  sql --set=roles="$*" <<'SQL'
SELECT wanted FROM string_to_table(:'roles', ' ') wanted
WHERE NOT EXISTS (SELECT FROM pg_roles JOIN pg_database ON datname = rolname WHERE rolname = wanted AND rolcanlogin);
SQL
}

until pg_isready --quiet; do sleep 1; done

# The image sets the superuser's password on an empty volume alone; this lets a rotated one count.
PASSWORD="$PGPASSWORD" sql <<'SQL'
SET log_min_error_statement TO panic;
\getenv password PASSWORD
ALTER ROLE postgres PASSWORD :'password';
SQL
bring "$@"
touch "$marks/roles-were-asked-for" "$marks/roles-are-there"

# Nothing here ends the container: while it is not ready, the Service is closed to programs that miss nothing. A restore
# drops a database and gives another its name in one breath; what is brought between the two makes it fail, so what is
# gone must be gone twice.
missed=
while sleep 15 & wait $!; do
  if ! now=$(gone "$@"); then
    echo "the server does not say which roles are there"
  elif [ -n "$now" ] && [ "$now" = "$missed" ]; then
    echo "gone: the role or the database of ${now//$'\n'/, }"
    # shellcheck disable=SC2086 # a line a role
    bring $now || echo "not brought again; the next try is in 15 s"
  fi
  missed=${now:-}
  touch "$marks/roles-were-asked-for"
done
