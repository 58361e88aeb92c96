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

# The Secret as the cluster has it on standard input, empty where there is none; out comes what it shall be, or nothing
# where nothing is missing. Without the line break that editors leave at the end of a file, which no key has.
completed() {
  local file files=()
  for file in "$SECRETS_FOLDER/$1"/*; do
    files+=(--rawfile "${file##*/}" "$file")
  done
  jq --slurp "${files[@]}" '
    (.[0].data // {}) as $there
    | ($ARGS.named | map_values(rtrimstr("\n") | @base64)) as $given
    | select($given | keys - ($there | keys) | length > 0)
    | {
        apiVersion: "v1",
        kind: "Secret",
        metadata: {
          name: $ARGS.positional[0],
          labels: {"app.kubernetes.io/part-of": env.SECRETS_LAB, "app.kubernetes.io/managed-by": "gpu-lab"}
        },
        data: ($given + $there)
      }' --args "$1"
}

# k3s makes the namespace from the lab's manifests, which may still be on their way.
kube get namespace "$SECRETS_NAMESPACE" --output=name >/dev/null || refuse "no namespace $SECRETS_NAMESPACE yet"

for folder in "$SECRETS_FOLDER"/*/; do
  name=$(basename "$folder")
  [[ -n $(find "$folder" -type f -print -quit) ]] || continue
  secret=$(kube get secret "$name" --ignore-not-found --output=json | completed "$name")
  [[ -n $secret ]] || continue
  # Whole and in the name of `./lab secrets`, which else could not take back a key that it did not give. Server-side: the
  # client's way would keep a readable copy of every value in an annotation.
  printf %s "$secret" |
    kube apply --server-side --force-conflicts --field-manager=gpu-lab --filename=- >/dev/null
  echo "secrets: $name: given"
done
