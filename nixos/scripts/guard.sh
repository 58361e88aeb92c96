#!/usr/bin/env bash
# The host's own door: what may come in, decided before any other program's rules see a packet.
#
# tailscaled accepts everything that arrives on its interface, NixOS's firewall opens everything when one of its commands
# fails, and Kubernetes forwards host ports, node ports and load balancers around both. The table `mangle` comes before
# all of them, so what is dropped here reaches none of their rules. Nothing is ever taken away: there is no stop.
#
# Environment:
#   GUARD_SSH_PORT           the one TCP port that everybody may reach
#   GUARD_API_PORT           the TCP port that the tailnet may reach too
#   GUARD_DIRECT_PORT        UDP port of tailscaled, for connections without a relay; empty: closed
#   GUARD_TAILNET_INTERFACE  where the tailnet's packets come in
#   GUARD_POD_INTERFACES     where pods' packets come in; every interface that is not named here is public
#
# IPv4 and IPv6 are each replaced in one step, or stay as they were. The status is 0 only when both are in place; the
# units of tailscaled and k3s require that.
set -euo pipefail
shopt -s inherit_errexit # in $(...), too

: "${GUARD_SSH_PORT:?}" "${GUARD_API_PORT:?}" "${GUARD_DIRECT_PORT?}"
: "${GUARD_TAILNET_INTERFACE:?}" "${GUARD_POD_INTERFACES:?}"

# Router and neighbour discovery (RFC 4861), without which IPv6 ends within minutes.
readonly neighbours="133 134 135 136"

# What leads into our chains today, as lines that take it away: with them the step can be repeated, and ends first.
jumps_to_remove() {
  local chain
  for chain in PREROUTING FORWARD; do
    "$1" --wait --table mangle --list-rules "$chain" | sed --quiet 's/^-A \(.* -j lab-guard-.*\)$/-D \1/p' || return
  done
}

rules() {
  local interface type
  echo "*mangle"
  echo ":lab-guard-in - [0:0]"
  echo ":lab-guard-public - [0:0]"
  echo ":lab-guard-forward - [0:0]"

  for interface in lo $GUARD_POD_INTERFACES; do
    echo "-A lab-guard-in -i $interface -j RETURN"
  done
  echo "-A lab-guard-in -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN"
  echo "-A lab-guard-in -p tcp --dport $GUARD_SSH_PORT -j RETURN"
  # By --goto, so that what the public chain returns is not asked again here.
  echo "-A lab-guard-in ! -i $GUARD_TAILNET_INTERFACE -g lab-guard-public"
  echo "-A lab-guard-in -i $GUARD_TAILNET_INTERFACE -p tcp --dport $GUARD_API_PORT -j RETURN"
  echo "-A lab-guard-in -j DROP"

  if [[ -n $GUARD_DIRECT_PORT ]]; then
    echo "-A lab-guard-public -p udp --dport $GUARD_DIRECT_PORT -j RETURN"
  fi
  if [[ $1 == ip6tables ]]; then
    for type in $neighbours; do
      echo "-A lab-guard-public -p ipv6-icmp --icmpv6-type $type -j RETURN"
    done
  fi
  echo "-A lab-guard-public -j DROP"

  # Link-local addresses (RFC 3927) are the cloud's: any process that reads its metadata reads the user data.
  for interface in $GUARD_POD_INTERFACES; do
    [[ $1 == ip6tables ]] || echo "-A lab-guard-forward -i $interface -d 169.254.0.0/16 -j DROP"
    echo "-A lab-guard-forward -i $interface -j RETURN"
  done
  # Nothing from outside is forwarded, on whatever port it came in and wherever a rule sends it.
  echo "-A lab-guard-forward -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN"
  echo "-A lab-guard-forward -j DROP"

  jumps_to_remove "$1" || return
  echo "-I PREROUTING -j lab-guard-in"
  echo "-I FORWARD -j lab-guard-forward"
  echo "COMMIT"
}

status=0
for family in iptables ip6tables; do
  # The whole text first: half of it must never be read as the whole.
  if ! text=$(rules "$family") || ! "$family-restore" --wait --noflush <<<"$text"; then
    echo "guard: $family: the rules are not in place; see above" >&2
    status=1
  fi
done
exit "$status"
