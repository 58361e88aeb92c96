# The only way to the web ports: tailscaled takes browsers' requests and forwards them to the ingress controller
facts:
{ lib, pkgs, ... }:
let
  inherit (facts) web;
in
# Where the cluster has an ingress controller of its own, how it is reached is its business.
lib.mkIf (web != null) {
  systemd.services.lab-serve = {
    description = "Web names of the lab in the tailnet";
    wantedBy = [ "multi-user.target" ];
    # Which ends when the machine is in the tailnet.
    after = [ "tailscaled-autoconnect.service" ];
    wants = [ "tailscaled-autoconnect.service" ];
    partOf = [ "tailscaled.service" ];

    path = [
      pkgs.jq
      pkgs.tailscale
    ];
    environment = {
      SERVE_EXPOSURE = web.exposure;
      SERVE_TARGET = "${web.address}:${toString web.port}";
      SERVE_HOSTS = lib.concatStringsSep " " web.hosts;
    };
    script = builtins.readFile ../scripts/serve.sh;
    enableStrictShellChecks = true;
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      # The tailnet's control server may be away for a while.
      Restart = "on-failure";
      RestartSec = "30s";
    };
  };
}
