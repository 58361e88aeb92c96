# Our own packet filter, in front of every other: of NixOS, of tailscaled and of Kubernetes
facts:
{ lib, pkgs, ... }:
let
  guarded = [
    "k3s.service"
    "tailscaled.service"
  ];
  rules = builtins.readFile ../scripts/guard.sh;
in
{
  systemd.services.lab-guard = {
    description = "Packet filter of the lab";
    wantedBy = [ "multi-user.target" ];
    wants = [ "network-pre.target" ];
    # Before the first interface is up. What opens ports of its own does not start without it.
    before = [
      "network-pre.target"
      "firewall.service"
    ]
    ++ guarded
    ++ [ "shutdown.target" ];
    requiredBy = guarded;
    after = [ "systemd-modules-load.service" ];
    # By default it would come after much of what it is to come before.
    unitConfig.DefaultDependencies = false;
    conflicts = [ "shutdown.target" ];

    path = [ pkgs.iptables ];
    environment = {
      GUARD_SSH_PORT = toString facts.ssh.port;
      GUARD_API_PORT = toString facts.k3s.api_port;
      GUARD_DIRECT_PORT = lib.optionalString facts.tailscale.direct (toString facts.tailscale.udp_port);
      GUARD_TAILNET_INTERFACE = facts.tailscale.interface;
      GUARD_POD_INTERFACES = lib.concatStringsSep " " facts.k3s.interfaces;
    };
    script = rules;
    # New rules take the place of the old ones in one step; a restart would end tailscaled and k3s, which require this.
    reload = rules;
    reloadIfChanged = true;
    enableStrictShellChecks = true;
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
    };
  };
}
