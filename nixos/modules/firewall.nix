# NixOS's own firewall: SSH for everybody, the cluster's API for the tailnet
#
# It is the second of two. Its script first takes the rules away and puts them back at its end, so that one line that
# fails leaves every port open; no rules of our own are added to it. ./guard.nix stands in front of it.
facts:
{ lib, ... }:
{
  # k3s writes iptables rules, whatever the host uses (https://github.com/k3s-io/k3s/issues/12849).
  networking.nftables.enable = false;
  networking.firewall = {
    enable = true;
    allowPing = false;
    allowedTCPPorts = [ facts.ssh.port ];
    allowedUDPPorts = lib.optional facts.tailscale.direct facts.tailscale.udp_port;
    interfaces.${facts.tailscale.interface}.allowedTCPPorts = [ facts.k3s.api_port ];
    # Pods ask the API server and the kubelet by the machine's own addresses.
    trustedInterfaces = facts.k3s.interfaces;
  };
}
