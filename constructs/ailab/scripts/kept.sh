#!/usr/bin/env bash
# kept.sh ROLE...: whether each role is there, may log in, and has its database: what roles.sh has brought may be taken
# away by somebody later, and another start of that brings it again.
# It fails only where the server says that something is gone. Of a server that does not answer its own probes tell, and
# another start here would not help.
set -euo pipefail
export PGHOST=127.0.0.1 PGUSER=postgres PGDATABASE=postgres PGCONNECT_TIMEOUT=2

# A probe has 5 seconds.
status=0
gone=$(
  timeout 4 psql --quiet --no-psqlrc --no-align --tuples-only --set=ON_ERROR_STOP=1 --set=roles="$*" <<'SQL'
SELECT wanted FROM string_to_table(:'roles', ' ') wanted
WHERE NOT EXISTS (SELECT FROM pg_roles JOIN pg_database ON datname = rolname WHERE rolname = wanted AND rolcanlogin);
SQL
) || status=$?
case $status in
  0) ;;
  2 | 3 | 124) exit 0 ;; # psql's for no connection and for a query that fails, and timeout's
  *) exit "$status" ;;   # neither of them can be run: a probe that said nothing of it would never fail
esac
[ -z "$gone" ] || {
  echo "gone: the role or the database of ${gone//$'\n'/, }"
  exit 1
}
