#!/usr/bin/env bash
# A new configuration that locks its owner out undoes itself: the machine reboots into the former one unless somebody
# logs in anew.
#
#   rollback.sh try       run the new configuration, with a reboot planned; the boot menu keeps the former one
#   rollback.sh confirm   from a login made since then: plan no reboot, make the new configuration the one that boots;
#                         says "rollback: restart needed" where a part of it starts with the machine alone
#
# Environment:
#   ROLLBACK_FLAKE    the configuration, as nixos-rebuild takes it: folder#name
#   ROLLBACK_MINUTES  until the reboot
#   ROLLBACK_SSH_PORT  where sshd listens
#   ROLLBACK_FOLDER   for what is remembered until then; on a file system that a reboot empties
#   ROLLBACK_SYSTEMS  where NixOS has booted-system and current-system, links to the system that has booted and that runs
#   SSH_CONNECTION    set by sshd
set -euo pipefail
shopt -s inherit_errexit # in $(...), too

: "${ROLLBACK_FLAKE:?}" "${ROLLBACK_MINUTES:?}" "${ROLLBACK_SSH_PORT:?}" "${ROLLBACK_FOLDER:?}"
: "${ROLLBACK_SYSTEMS:?}"

refuse() {
  echo "rollback: $1" >&2
  exit 1
}

# Path of what the flake builds now. What was tried must be what boots.
built() {
  local folder path
  folder=$(mktemp --directory)
  (cd "$folder" && nixos-rebuild build --flake "$ROLLBACK_FLAKE" >&2)
  path=$(readlink --canonicalize-existing "$folder/result")
  rm --recursive "$folder"
  echo "$path"
}

# Connections of SSH as "address port", one a line. A login over one of these, by ControlMaster too, is no new one.
connections() {
  ss --no-header --tcp --numeric state established '( sport = :'"$ROLLBACK_SSH_PORT"' )' | awk '{print $NF}' |
    sed --regexp-extended 's/^\[?(::ffff:)?([^]]*)\]?(%[^:]*)?:([0-9]+)$/\2\3 \4/'
}

# Units that should run and do not, one a line. Those that wait for the tailnet do not count: SSH does not depend on it.
sick() {
  systemctl list-units --all --plain --full --no-legend --state=failed,auto-restart,auto-restart-queued |
    awk '$1 !~ /^(lab-serve|tailscaled-autoconnect)[.]service$/ {print $1}' | sort --unique
}

# nixos-rebuild fails for any unit that is not well, of another cause and long before the change, too. Whether the tried
# configuration runs all the same, and no unit is sick that was not before.
no_worse() {
  local worse
  [[ $(readlink --canonicalize "$ROLLBACK_SYSTEMS/current-system") == "$(<"$ROLLBACK_FOLDER/tried")" ]] || return 1
  # nixpkgs, nixos/modules/system/activation/activation-script.nix: users, /etc and the like, which are no units.
  ! grep --quiet '^Activation script snippet .* failed' "$ROLLBACK_FOLDER/log" || return 1
  sick >"$ROLLBACK_FOLDER/sick-since" || return 1
  worse=$(comm -13 "$ROLLBACK_FOLDER/sick" "$ROLLBACK_FOLDER/sick-since") || return 1
  # With another driver than the kernel's, NVIDIA's units wait for the restart that `confirm` asks for.
  ! restart_needed || worse=$(sed '/^nvidia-/d' <<<"$worse") || return 1
  [[ -z $worse ]] || { echo "rollback: sick since the change: ${worse//$'\n'/ }" >&2 && return 1; }
}

# What NixOS refuses to change while the machine runs, one "name : old -> new" a line; it has then changed nothing
# (nixpkgs, nixos/modules/system/activation/switchable-system.nix).
inhibitors() {
  if grep --quiet "^Pre-switch check 'switchInhibitors' failed" "$ROLLBACK_FOLDER/log"; then
    grep ' : .* -> ' "$ROLLBACK_FOLDER/log" || :
  fi
}

# Whether the machine runs with a kernel that is not the new configuration's. NVIDIA's driver is among the modules, and
# its libraries, which are new already, refuse another version of it.
restart_needed() {
  local part
  for part in kernel kernel-modules initrd; do
    [[ $(readlink --canonicalize "$ROLLBACK_SYSTEMS/booted-system/$part") == \
      "$(readlink --canonicalize "$ROLLBACK_SYSTEMS/current-system/$part")" ]] || return 0
  done
  return 1
}

attempt() {
  local path parts
  [[ ! -e $ROLLBACK_FOLDER/tried ]] || refuse "one is tried already; confirm it, or wait for the reboot"
  path=$(built) # nothing has changed yet: what does not build needs no reboot
  mkdir --parents "$ROLLBACK_FOLDER"
  connections >"$ROLLBACK_FOLDER/connections"
  sick >"$ROLLBACK_FOLDER/sick"
  shutdown -r "+$ROLLBACK_MINUTES" "the new configuration was not confirmed"
  echo "$path" >"$ROLLBACK_FOLDER/tried"
  # The network may restart and end this login; what has begun then goes on, and whoever comes next finds how it ended.
  trap '' HUP PIPE
  if ! nixos-rebuild test --flake "$ROLLBACK_FLAKE" >"$ROLLBACK_FOLDER/log" 2>&1 && ! no_worse; then
    parts=$(inhibitors)
    if [[ -n $parts ]]; then
      shutdown -c
      rm "$ROLLBACK_FOLDER/tried"
      # A start with it would not be guarded, and what lets nobody in would stay. A new machine has nothing to lose.
      parts=${parts//$'\n'/, }
      refuse "NixOS does not change this while it runs: $parts; nothing has changed: ./lab park, then ./lab up"
    fi
    tail "$ROLLBACK_FOLDER/log" >&2
    refuse "the new configuration did not start as a whole; the former one boots in $ROLLBACK_MINUTES minutes"
  fi
  touch "$ROLLBACK_FOLDER/runs"
  echo "rollback: confirm from a new login within $ROLLBACK_MINUTES minutes"
}

confirm() {
  local client port path
  [[ -e $ROLLBACK_FOLDER/tried ]] || refuse "nothing is tried"
  [[ -e $ROLLBACK_FOLDER/runs ]] || refuse "what is tried has not started as a whole; $ROLLBACK_FOLDER/log says why"
  read -r client port _ <<<"${SSH_CONNECTION:-}"
  [[ -n ${port:-} ]] || refuse "this is no login by SSH; confirm from one"
  ! grep --quiet --line-regexp --fixed-strings "$client $port" "$ROLLBACK_FOLDER/connections" ||
    refuse "this login is older than the new configuration; log in anew, with ssh -o ControlPath=none"
  path=$(built)
  [[ $path == "$(<"$ROLLBACK_FOLDER/tried")" ]] ||
    refuse "the configuration has changed since it was tried; the former one boots, then try again"
  # First: from here on the machine must not reboot while its boot menu is written.
  shutdown -c
  rm "$ROLLBACK_FOLDER/tried" "$ROLLBACK_FOLDER/runs"
  # It runs already: to start it again could fail for units that were sick before.
  nixos-rebuild boot --flake "$ROLLBACK_FLAKE" ||
    refuse "the new configuration runs, but a reboot brings the former one; run nixos-rebuild boot"
  ! restart_needed || echo "rollback: restart needed"
}

case ${1:-} in
  try) attempt ;;
  confirm) confirm ;;
  *) refuse "try or confirm" ;;
esac
