# A machine with the lab's modules comes up, takes its manifests, and shows the network nothing but SSH
#
# Needs KVM and nixpkgs, which were not at hand where this was written: it has not been run. No image is there either, so
# that pods of the lab wait; what they do is tested on a cluster (tests/cluster).
{
  lib,
  pkgs,
  facts,
}:
let
  told = lib.recursiveUpdate facts { state.device = "/dev/vdb"; };
  arguments = { inherit lib pkgs; };
  # As `./lab up` brings them (infra/shipping/manifests.py).
  folder = ../../dist + "/${facts.lab}";
  files = map (name: builtins.readFile (folder + "/${name}")) (lib.attrNames (builtins.readDir folder));
  manifests = pkgs.writeText "lab-${facts.lab}.yaml" (lib.concatStringsSep "---\n" files);
in
pkgs.testers.runNixOSTest {
  name = "lab";

  nodes.lab =
    { config, ... }:
    {
      imports = map (file: import file told) (import ../modules).lab;

      virtualisation = {
        cores = 2;
        memorySize = 4096;
        diskSize = 8192;
        emptyDiskImages = [ 4096 ];
        # Of a test machine's file systems, only those of this option are there.
        fileSystems = (import ../modules/storage.nix told arguments).fileSystems // {
          ${told.state.folder} = {
            device = "/dev/vdb";
            fsType = "ext4";
            autoFormat = true;
          };
        };
      };
      services.k3s.images = [ config.services.k3s.package.airgap-images ];
      # There is no tailnet to join.
      services.tailscale.authKeyFile = lib.mkForce null;
      services.openssh.enable = true;
      systemd.tmpfiles.rules = [ "f ${told.secrets.k3s_token} 0600 root root - token-of-the-test" ];
    };

  nodes.outside = { };

  testScript = ''
    start_all()
    lab.wait_for_unit("lab-guard.service")
    lab.wait_for_unit("k3s.service")
    lab.wait_until_succeeds("k3s kubectl wait --for=condition=Ready node/${facts.lab} --timeout=5s", timeout=300)

    with subtest("the cluster is on the volume"):
        lab.succeed("findmnt --mountpoint ${told.state.folder}")
        lab.succeed("test -d ${told.state.folder}/rancher/k3s/server/db")
        lab.succeed("test -s ${told.state.folder}/audit/k3s.log")

    with subtest("k3s takes the lab's manifests"):
        lab.succeed("install -m 0644 ${manifests} /var/lib/rancher/k3s/server/manifests/lab-${facts.lab}.yaml")
        lab.wait_until_succeeds(
            "k3s kubectl get deployment --all-namespaces | grep --word-regexp litellm", timeout=120
        )

    with subtest("outside there is SSH and nothing else"):
        outside.wait_for_unit("multi-user.target")
        outside.succeed("timeout 5 bash -c '</dev/tcp/lab/${toString facts.ssh.port}'")
        for port in (80, 443, ${toString facts.k3s.api_port}, 8472, 10250):
            outside.fail(f"timeout 3 bash -c '</dev/tcp/lab/{port}'")

    with subtest("without the guard neither k3s nor tailscaled runs"):
        lab.succeed("systemctl stop lab-guard.service")
        lab.fail("systemctl is-active k3s.service")
        lab.fail("systemctl is-active tailscaled.service")

    with subtest("a second boot finds the same cluster"):
        before = lab.succeed("md5sum < ${told.state.folder}/rancher/k3s/server/tls/server-ca.crt")
        lab.shutdown()
        lab.start()
        lab.wait_for_unit("k3s.service")
        after = lab.succeed("md5sum < ${told.state.folder}/rancher/k3s/server/tls/server-ca.crt")
        assert before == after, "the cluster has another certificate authority"
  '';
}
