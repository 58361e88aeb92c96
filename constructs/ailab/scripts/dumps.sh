# Read by the scripts that keep dumps of a database in /backups: a folder for each dump, named by its time (UTC).
set -euo pipefail
cd /backups

PARTIAL=.partial # not a dump yet; a dump that was cut short never gets a dump's name

fail() {
  echo "$*" >&2
  exit 1
}

list() {
  local name
  for name in 20*/; do
    [ -d "$name" ] || continue
    printf '%s\t%s\t%s\n' "${name%/}" "$(du -sb "$name" | cut -f1)" "$(cd "$name" && echo *.dump)"
  done
}

begin() {
  rm -rf "$PARTIAL"
  mkdir "$PARTIAL"
}

# finish DAYS: name what is in $PARTIAL a dump, then delete the dumps that are older than DAYS.
finish() {
  local name
  name=$(date -u +%Y-%m-%dT%H-%M-%SZ)
  sync -f "$PARTIAL"
  mv "$PARTIAL" "$name"
  find . -maxdepth 1 -name '20*' -mtime "+$1" -exec rm -rf {} +
  echo "dumped to $name"
}

# found NAME: there is a dump of this name.
found() {
  case $1 in
    20*/*) ;;
    20*) [ ! -d "$1" ] || return 0 ;;
  esac
  fail "there is no dump $1"
}
