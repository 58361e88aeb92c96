# k3s, the cluster of one node: its addresses, its records, and where its data is
facts:
{ lib, pkgs, ... }:
let
  inherit (facts) k3s;
  packageName = "k3s_" + lib.replaceStrings [ "." ] [ "_" ] k3s.version;
  resolvConf = "gpu-lab/resolv.conf";
  auditPolicy = "gpu-lab/audit-policy.json";
  # Who asked for what and when, never what was in it: a Secret's value must not get into the record of its reading.
  audit = {
    apiVersion = "audit.k8s.io/v1";
    kind = "Policy";
    omitStages = [ "RequestReceived" ];
    rules = [
      {
        level = "None";
        verbs = [
          "get"
          "list"
          "watch"
        ];
        userGroups = [
          "system:masters"
          "system:nodes"
        ];
        resources = [
          {
            group = "";
            resources = [
              "configmaps"
              "endpoints"
              "nodes"
              "pods"
              "services"
            ];
          }
        ];
      }
      # Every controller renews its lease every few seconds, and says nothing by it.
      {
        level = "None";
        resources = [ { group = "coordination.k8s.io"; } ];
      }
      { level = "Metadata"; }
    ];
  };
  auditArguments = {
    audit-policy-file = "/etc/${auditPolicy}";
    audit-log-path = "${facts.state.folder}/audit/k3s.log";
    audit-log-maxage = "30"; # days
    audit-log-maxbackup = "5";
    audit-log-maxsize = "100"; # MB
  };
in
{
  environment.etc.${auditPolicy}.text = builtins.toJSON audit;
  # Not the machine's own, which tailscaled and cloud-init write: pods would be led to names of the tailnet.
  environment.etc.${resolvConf}.text = lib.concatMapStrings (server: "nameserver ${server}\n") facts.name_servers;

  services.k3s = {
    enable = true;
    role = "server";
    package = pkgs.${packageName};
    tokenFile = facts.secrets.k3s_token;
    nodeName = facts.lab;
    nodeLabel = k3s.labels;
    # Both open ports of the machine, around its firewall.
    disable = [
      "servicelb"
      "traefik"
    ];
    # Databases are told to end before the machine does.
    gracefulNodeShutdown.enable = true;
    # Joined by blanks, without quotes: no value has one.
    extraFlags = [
      "--cluster-cidr=${k3s.pod_network}"
      "--service-cidr=${k3s.service_network}"
      "--https-listen-port=${toString k3s.api_port}"
      "--secrets-encryption"
      "--resolv-conf=/etc/${resolvConf}"
      "--default-local-storage-path=${facts.state.folder}/volumes"
      "--disable-helm-controller"
    ]
    ++ map (name: "--tls-san=${name}") k3s.names
    ++ lib.mapAttrsToList (name: value: "--kube-apiserver-arg=${name}=${value}") auditArguments;
  };
}
