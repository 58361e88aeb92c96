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

newest() {
  local name last=
  for name in 20*/; do last=${name%/}; done
  echo "$last"
}

# expire DAYS: delete the dumps that are older than DAYS, never the newest one: it may be all that there is.
expire() {
  find . -maxdepth 1 -name '20*' ! -name "$(newest)" -mtime "+$1" -exec rm -rf {} +
}

# crowded: there is not twice the newest dump's size left, so the next one may find no room.
crowded() {
  local last free
  last=$(newest)
  [ -d "$last" ] || return
  free=$(df --output=avail --block-size=1 . | tail -n 1)
  ((free < 2 * $(du -sb "$last" | cut -f1)))
}

# begin DAYS: make $PARTIAL. What is left of it at the end is no dump and goes: on a full volume it would keep the next
# dump away. So would dumps that only a good one may expire, so where it is crowded they go before it.
begin() {
  trap 'rm -rf "$PARTIAL"' EXIT
  rm -rf "$PARTIAL"
  if crowded; then expire "$1"; fi
  mkdir "$PARTIAL"
}

# finish DAYS: name what is in $PARTIAL a dump, after which older ones may be deleted. As a condition, too, it goes no
# further than what failed.
finish() {
  local name
  name=$(date -u +%Y-%m-%dT%H-%M-%SZ)
  sync -f "$PARTIAL" || return
  mv "$PARTIAL" "$name" || return
  expire "$1"
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
