# Secrets, which no store may hold: a folder that root alone reads, and the unit that hands them to the cluster
facts:
{ lib, pkgs, ... }:
let
  inherit (facts) secrets;
in
{
  # The type "d" leaves what is in the folder alone (tmpfiles.d(5)).
  systemd.tmpfiles.rules = [ "d ${secrets.folder} 0700 root root -" ];

  systemd.services.lab-secrets = {
    description = "Secrets of the lab, from the machine's files into the cluster";
    wantedBy = [ "multi-user.target" ];
    after = [ "k3s.service" ];
    requires = [ "k3s.service" ];

    path = [
      pkgs.jq
      pkgs.kubectl
    ];
    environment = {
      KUBECONFIG = "/etc/rancher/k3s/k3s.yaml";
      SECRETS_FOLDER = secrets.values;
      SECRETS_KNOWN = lib.concatStringsSep " " secrets.known;
      SECRETS_NAMESPACE = facts.k3s.namespace;
      SECRETS_LAB = facts.lab;
    };
    script = builtins.readFile ../scripts/secrets.sh;
    enableStrictShellChecks = true;
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      # The lab's namespace comes with its manifests, which k3s may not have read yet.
      Restart = "on-failure";
      RestartSec = "30s";
    };
  };
}
