#!/usr/bin/env bash
# roles.sh ROLE...: give each role a login with the password in $PASSWORD_<role> and a database of its own, then stay.
# Runs beside the server. Each step can be repeated.
set -euo pipefail
trap 'exit 0' TERM INT # INT: the image's STOPSIGNAL, which ends its server at once and counts for this container too

rm -f /tmp/roles-are-there # of the start before: the folder outlives the container

# By address: while the image initialises, its server listens on the socket alone.
export PGHOST=127.0.0.1 PGUSER=postgres PGDATABASE=postgres
until pg_isready --quiet; do sleep 1; done

# The image sets the superuser's password on an empty volume alone; this lets a rotated one count.
PASSWORD="$PGPASSWORD" psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 <<'SQL'
SET log_min_error_statement TO panic;
\getenv password PASSWORD
ALTER ROLE postgres PASSWORD :'password';
SQL

for role in "$@"; do
  variable="PASSWORD_$role"
  # The password goes by the environment: arguments can be read by others, and the server must not log it either.
  PASSWORD="${!variable}" psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --set=role="$role" <<'SQL'
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

touch /tmp/roles-are-there
sleep infinity & wait
