#!/usr/bin/env bash
# Gives k3s a lab's manifests as the one file of an AddOn: objects that have left it are deleted, all others kept.
#
# k3s looks into its folder every 15 seconds, for files whose time has changed, and names an AddOn after the file up to
# its first dot. It never deletes what a deleted file had made, so a lab is removed by a file without objects
# (pkg/deploy/controller.go of k3s). Volumes and the namespace are marked so that it keeps them even then.
#
#   autodeploy.sh apply    hand over what stands in the source
#   autodeploy.sh remove   let k3s delete the lab's objects
#
# Environment:
#   AUTODEPLOY_SOURCE  folder with the lab's manifests, as `dist/<lab>`
#   AUTODEPLOY_FOLDER  of k3s, server/manifests
#   AUTODEPLOY_LAB     name of the lab
set -euo pipefail
shopt -s inherit_errexit # in $(...), too

: "${AUTODEPLOY_SOURCE:?}" "${AUTODEPLOY_FOLDER:?}" "${AUTODEPLOY_LAB:?}"

refuse() {
  echo "autodeploy: $1" >&2
  exit 1
}

# Two files of one name delete each other's objects, and k3s has coredns, traefik and others of its own.
readonly target=$AUTODEPLOY_FOLDER/lab-$AUTODEPLOY_LAB.yaml
[[ $AUTODEPLOY_LAB != *.* ]] || refuse "AUTODEPLOY_LAB: \"$AUTODEPLOY_LAB\": k3s would cut the name at its dot"
[[ -d $AUTODEPLOY_FOLDER ]] || refuse "$AUTODEPLOY_FOLDER: is no folder; k3s makes it when it first starts"

# In one step, with a new time: k3s reads no file that begins with a dot, and never half of one.
hand_over() {
  local partial
  partial=$(mktemp "$AUTODEPLOY_FOLDER/.lab-$AUTODEPLOY_LAB.XXXXXX")
  # shellcheck disable=SC2064 # the name of now
  trap "rm --force '$partial'" EXIT
  cat >"$partial"
  chmod 0644 "$partial"
  sync "$partial"
  mv "$partial" "$target"
}

manifests() {
  local file
  for file in "$AUTODEPLOY_SOURCE"/*.yaml; do
    echo "---"
    cat "$file"
  done
}

case ${1:-} in
  apply)
    # Without any object k3s would delete the whole lab.
    compgen -G "$AUTODEPLOY_SOURCE/*.yaml" >/dev/null || refuse "$AUTODEPLOY_SOURCE: has no manifest; ship dist/ again"
    text=$(manifests)
    hand_over <<<"$text"
    ;;
  remove)
    [[ -e $target ]] || refuse "$AUTODEPLOY_LAB: is not there"
    hand_over <<<"# The lab was removed: k3s deletes what this file had."
    ;;
  *) refuse "apply or remove" ;;
esac
