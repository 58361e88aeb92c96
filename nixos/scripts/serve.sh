#!/usr/bin/env bash
# The lab's door in the tailnet: lets tailscaled hand requests for the lab's names to the ingress, and nothing else.
#
# tailscaled takes these connections itself, after the tailnet's policy and before any rule of the host, so nothing
# listens on the host's own ports. docs/decisions/0026 says why each exposure is served as it is.
#
# Environment:
#   SERVE_EXPOSURE  services, hosts or split-dns, as in the lab's file
#   SERVE_TARGET    address:port of the ingress Service
#   SERVE_HOSTS     the published names, with blanks between; the first label of each is the name of its service
#
# What is served already is compared first, so that a second run changes nothing and ends no connection. The status is 0
# only when exactly this is served, whatever was served before.
set -euo pipefail
shopt -s inherit_errexit # in $(...), too

: "${SERVE_EXPOSURE:?}" "${SERVE_TARGET:?}" "${SERVE_HOSTS:?}"
read -ra hosts <<<"$SERVE_HOSTS"

# A tailnet without HTTPS makes the command wait for a person who is not there.
serve() {
  timeout 60 tailscale serve "$@" </dev/null >/dev/null
}

served() {
  tailscale serve status --json | jq --compact-output --sort-keys '(. // {}) | del(.ETag) | del(.. | nulls)'
}

wanted() {
  case $SERVE_EXPOSURE in
    services)
      jq --null-input --compact-output --sort-keys --arg target "http://$SERVE_TARGET" '
        {Services: ($ARGS.positional | map({
          key: ("svc:" + split(".")[0]),
          value: {TCP: {"443": {HTTPS: true}}, Web: {(. + ":443"): {Handlers: {"/": {Proxy: $target}}}}}
        }) | from_entries)}' --args "${hosts[@]}"
      ;;
    hosts | split-dns)
      jq --null-input --compact-output --sort-keys --arg target "$SERVE_TARGET" '{TCP: {"80": {TCPForward: $target}}}'
      ;;
    *)
      echo "serve: SERVE_EXPOSURE: \"$SERVE_EXPOSURE\" is none; services, hosts or split-dns" >&2
      return 1
      ;;
  esac
}

wanted=$(wanted)
before=$(served)
if [[ $before != "$wanted" ]]; then
  for service in $(jq --raw-output '.Services // {} | keys[]' <<<"$before"); do
    serve clear "$service" # takes back that it is announced, too
  done
  serve reset
  case $SERVE_EXPOSURE in
    services)
      for host in "${hosts[@]}"; do
        serve --service="svc:${host%%.*}" --https=443 "http://$SERVE_TARGET"
      done
      ;;
    *)
      serve --bg --tcp=80 "tcp://$SERVE_TARGET"
      ;;
  esac
fi
if [[ $SERVE_EXPOSURE == services ]]; then
  for host in "${hosts[@]}"; do
    serve advertise "svc:${host%%.*}" # also after somebody has drained it
  done
fi

after=$(served)
if [[ $after != "$wanted" ]]; then
  echo "serve: tailscaled serves something else than the lab's file says; is the tailnet's name right there?" >&2
  printf 'serve: wanted %s\nserve: served %s\n' "$wanted" "$after" >&2
  exit 1
fi
