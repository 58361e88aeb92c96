#!/usr/bin/env bash
# postgres_dumps.sh dump DAYS | list | restore DUMP
# The server and the password come by PGHOST and PGPASSWORD.
. "$(dirname "$0")/dumps.sh"
export PGOPTIONS=--client-min-messages=warning

# The way to the server opens some moments after a pod has started. The first process of a container hears no signal
# without a trap: told to end, a wait ends, while a dump or a restore has the pod's last seconds to become whole.
wait_for_server() {
  trap 'exit 143' TERM
  until pg_isready --quiet; do sleep 1; done
  trap - TERM
}

sql() {
  psql --quiet --no-psqlrc --no-align --tuples-only --set=ON_ERROR_STOP=1 --dbname=postgres "$@"
}

databases() {
  sql --command="SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres'"
}

dump() {
  local name
  wait_for_server
  begin "$1"
  # Without passwords: those are in the cluster's Secrets, and a restored one could be older than its Secret.
  pg_dumpall --globals-only --no-role-passwords --file="$PARTIAL/roles.sql"
  databases | while read -r name; do
    pg_dump --format=custom --file="$PARTIAL/$name.dump" "$name"
  done
  finish "$1"
}

# drop_restored DUMP: what a restore that failed has left beside the databases.
drop_restored() {
  local file
  for file in "$1"/*.dump; do
    sql --set=new="$(basename "$file" .dump)-restored" <<<'DROP DATABASE IF EXISTS :"new";'
  done
}

# Every database is restored beside the old one before the first old one is dropped: a dump that cannot be read takes
# nothing away.
restore() {
  local file name
  found "$1"
  wait_for_server
  drop_restored "$1"
  trap "drop_restored '$1'" EXIT # at the exit, $1 is another
  for file in "$1"/*.dump; do
    name=$(basename "$file" .dump)
    sql --set=name="$name" --set=new="$name-restored" <<'SQL'
CREATE DATABASE :"new" OWNER :"name" TEMPLATE template0;
REVOKE ALL ON DATABASE :"new" FROM PUBLIC;
SQL
    pg_restore --exit-on-error --dbname="$name-restored" "$file"
  done
  for file in "$1"/*.dump; do
    name=$(basename "$file" .dump)
    sql --set=name="$name" --set=new="$name-restored" <<'SQL'
DROP DATABASE IF EXISTS :"name" WITH (FORCE);
ALTER DATABASE :"new" RENAME TO :"name";
SQL
    echo "restored $name"
  done
}

case $1 in
  dump | list | restore) "$@" ;;
  *) fail "postgres_dumps.sh: $1 is not known" ;;
esac
