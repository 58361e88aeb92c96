"""Mistakes about the cluster, its data and its GPUs."""

from __future__ import annotations

from typing import Final

from tests.host.fault import fault

CLUSTER: Final = (
    fault("a load balancer", "k3s", '      "servicelb"\n', "", "services.k3s.disable", "servicelb"),
    fault("a second ingress controller", "k3s", '      "traefik"\n', "", "services.k3s.disable", "traefik"),
    fault("an agent", "k3s", '"server"', '"agent"', "services.k3s.role"),
    fault("Secrets in clear", "k3s", '      "--secrets-encryption"\n', "", "lacks --secrets-encryption"),
    fault(
        "no record",
        "k3s",
        "    audit-policy-file = ",
        "    audit-mode = ",
        "lacks --kube-apiserver-arg=audit-policy-file",
    ),
    fault(
        "a record full of leases",
        "k3s",
        'level = "None";\n        resources = [ { group = "coord',
        'level = "None";\n        verbs = [ "get" ];\n        resources = [ { group = "coord',
        "audit-policy.json",
    ),
    fault(
        "a record on the droplet's disk",
        "k3s",
        "${facts.state.folder}/audit",
        "/var/log",
        "lacks --kube-apiserver-arg=audit-log-path",
    ),
    fault(
        "pods with the host's name servers",
        "k3s",
        '      "--resolv-conf=/etc/${resolvConf}"\n',
        "",
        "lacks --resolv-conf",
    ),
    fault(
        "pods with names of the tailnet",
        "k3s",
        '"nameserver ${server}\\n"',
        '"nameserver ${server}\\nsearch ts.net\\n"',
        "resolv.conf",
    ),
    fault(
        "no network policies",
        "k3s",
        '"--disable-helm-controller"',
        '"--disable-network-policy"',
        "--disable-network-policy has no place",
    ),
    fault("a flag with a blank", "k3s", '"--disable-helm-controller"', '"--disable helm-controller"', "has a blank"),
    fault(
        "the API server at one address",
        "k3s",
        '"--disable-helm-controller"',
        '"--bind-address=100.64.0.1"',
        "--bind-address=100.64.0.1 has no place",
    ),
    fault(
        "another port of the API server", "k3s", "${toString k3s.api_port}", "6444", "lacks --https-listen-port=6443"
    ),
    fault("other addresses of pods", "k3s", "${k3s.pod_network}", "10.52.0.0/16", "lacks --cluster-cidr=10.42.0.0/16"),
    fault(
        "volumes on the droplet's disk",
        "k3s",
        "${facts.state.folder}/volumes",
        "/var/lib/volumes",
        "lacks --default-local-storage-path",
    ),
    fault(
        "a configuration of containerd beside k3s's",
        "k3s",
        'role = "server";',
        'role = "server";\n    containerdConfigTemplate = "";',
        "containerdConfigTemplate",
    ),
    fault("an unlabelled node", "k3s", "nodeLabel = k3s.labels;", "", "services.k3s.nodeLabel"),
    fault("pods before the list of GPUs", "gpu", "after = devices;", "", "systemd.services.k3s.after"),
    fault("nothing makes the list of GPUs", "gpu", "wants = devices;", "", "systemd.services.k3s.wants"),
    fault("a list of GPUs that is tried once", "gpu", 'Restart = "on-failure";', "", "cdi-generator.serviceConfig"),
    fault("an empty list of GPUs", "gpu", "ExecStartPost =", "ExecStopPost =", "cdi-generator.serviceConfig"),
    fault("no runtime for GPUs", "gpu", '      (lib.getOutput "tools" toolkit)\n', "", "systemd.services.k3s.path"),
    fault(
        "GPUs for whoever asks by a variable",
        "gpu",
        "wants = devices;",
        'wants = devices;\n    environment.NVIDIA_VISIBLE_DEVICES = "all";',
        "NVIDIA_VISIBLE_DEVICES",
    ),
    fault("neither driver chosen", "gpu", "open = true; #", "#", "hardware.nvidia.open"),
    fault("no driver", "gpu", '[ "nvidia" ]', "[ ]", "services.xserver.videoDrivers"),
    fault(
        "k3s before its volume",
        "storage",
        "systemd.services.k3s = needs cluster;",
        "",
        "systemd.services.k3s.unitConfig.RequiresMountsFor",
    ),
    fault(
        "a key that systemd does not know",
        "storage",
        "unitConfig.RequiresMountsFor",
        "unitConfig.RequireMountsFor",
        "RequireMountsFor: no key",
    ),
    fault(
        "the node's password on the droplet's disk",
        "storage",
        '    "/etc/rancher/node" = "rancher-node";\n',
        "",
        '"/etc/rancher/node"',
    ),
    fault(
        "the machine's place in the tailnet on the droplet's disk",
        "storage",
        '    "/var/lib/tailscale" = "tailscale";\n',
        "",
        '"/var/lib/tailscale"',
    ),
    fault(
        "a machine that waits for its volume",
        "storage",
        'optional = [ "nofail" ];',
        "optional = [ ];",
        "without nofail",
    ),
    fault("a file system without its type", "storage", 'fsType = "ext4";', "", "fsType: is None"),
    fault("a volume that may be emptied", "storage", "autoResize = true;", "autoFormat = true;", "autoFormat"),
    fault("another volume", "storage", "inherit device;", 'device = "/dev/sda";', ".device: is '/dev/sda'"),
)
