#!/usr/bin/env bash
# Files that root alone can read, made Secrets of the cluster: what only the lab's owner can give, such as the keys of
# paid providers. What is generated is made by `./lab secrets apply`, never here.
#
# Environment:
#   SECRETS_FOLDER     has a folder for each Secret, and in it a file for each of its keys
#   SECRETS_KNOWN      each secret/key that may be there, with blanks between
#   SECRETS_NAMESPACE  of the lab
#   SECRETS_LAB        name of the lab, which marks its Secrets
#   KUBECONFIG         of the cluster's administrator
#
# A key that the cluster has already stays as it is: it may have been changed since with `./lab secrets`. Values go from
# the files through standard input; no command line, no log and no other file has them.
set -euo pipefail
shopt -s inherit_errexit # in $(...), too

: "${SECRETS_FOLDER:?}" "${SECRETS_KNOWN:?}" "${SECRETS_NAMESPACE:?}" "${SECRETS_LAB:?}" "${KUBECONFIG:?}"
export KUBECONFIG SECRETS_LAB

refuse() {
  echo "secrets: $1" >&2
  exit 1
}

known() {
  [[ " $SECRETS_KNOWN " == *" $1 "* ]]
}

kube() {
  kubectl --namespace="$SECRETS_NAMESPACE" "$@"
}

# The whole folder first: half of what was given is worse to find than nothing.
[[ -d $SECRETS_FOLDER ]] || exit 0
open=$(find "$SECRETS_FOLDER" ! -type l \( -perm /077 -o ! -user "$(id --user)" \) -print -quit)
[[ -z $open ]] || refuse "$open: others can read or change it; chown root: and chmod go="
odd=$(find "$SECRETS_FOLDER" -mindepth 1 ! -type d ! -type f -print -quit)
[[ -z $odd ]] || refuse "$odd: is no plain file"
while read -r file; do
  known "$file" || refuse "$SECRETS_FOLDER/$file: no program of the lab reads it; known are $SECRETS_KNOWN"
done < <(cd "$SECRETS_FOLDER" && find . -type f -printf '%P\n')

# Without the line break that editors leave at the end, which no key has.
secret() {
  local file files=()
  for file in "$SECRETS_FOLDER/$1"/*; do
    files+=(--rawfile "${file##*/}" "$file")
  done
  jq --null-input "${files[@]}" '{
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: $ARGS.positional[0],
      labels: {"app.kubernetes.io/part-of": env.SECRETS_LAB, "app.kubernetes.io/managed-by": "gpu-lab"}
    },
    data: ($ARGS.named | map_values(rtrimstr("\n") | @base64))
  }' --args "$1"
}

# k3s makes the namespace from the lab's manifests, which may still be on their way.
kube get namespace "$SECRETS_NAMESPACE" --output=name >/dev/null || refuse "no namespace $SECRETS_NAMESPACE yet"

for folder in "$SECRETS_FOLDER"/*/; do
  name=$(basename "$folder")
  [[ -n $(find "$folder" -type f -print -quit) ]] || continue
  kept=$(kube get secret "$name" --ignore-not-found --output=json | jq --compact-output '.data // {} | keys')
  missing=$(secret "$name" | jq --argjson kept "${kept:-[]}" '.data |= with_entries(select(.key | IN($kept[]) | not))')
  count=$(printf %s "$missing" | jq '.data | length')
  ((count > 0)) || continue
  # Server-side: the client's way would keep a readable copy of every value in an annotation. Each manager has its own
  # keys, so those that are there already stay.
  printf %s "$missing" | kube apply --server-side --field-manager=gpu-lab-host --filename=- >/dev/null
  echo "secrets: $name: $count given"
done
