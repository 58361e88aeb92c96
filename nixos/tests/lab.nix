# A machine with the lab's modules comes up, takes the manifests of the lab without a GPU, and shows the network nothing
# but SSH
#
# Needs KVM and nixpkgs, which were not at hand where this was written: it has not been run. No image is there either, so
# that pods of the lab wait; what they do is tested on a cluster (tests/cluster/test_cpu_only.py).
{ lib, pkgs }:
let
  # What examples/cpu-only.toml makes (tests/examples/virtual_machine.py writes it).
  facts = lib.importJSON ./cpu-only/host.json;
  manifests = ./cpu-only/manifests.yaml;
  told = lib.recursiveUpdate facts { state.device = "/dev/vdb"; };
  arguments = { inherit lib pkgs; };
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
      environment.systemPackages = [ pkgs.socat ];
      systemd.tmpfiles.rules = [ "f ${told.secrets.k3s_token} 0600 root root - token-of-the-test" ];
    };

  nodes.outside.environment.systemPackages = [ pkgs.socat ];

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

    def asks_tcp(port):
        return f"timeout 5 bash -c '</dev/tcp/lab/{port}'"

    def asks_udp(port):
        return f"echo ping | socat -t 3 - udp4:lab:{port} | grep ping"

    with subtest("outside there is SSH and nothing else, by the guard alone"):
        outside.wait_for_unit("multi-user.target")
        outside.succeed("socat -V")  # else every question would fail
        # Without NixOS's own firewall, and with something that answers on every port.
        lab.succeed("systemctl stop firewall.service")
        for port in (80, 443):
            lab.succeed(f"systemd-run socat tcp-listen:{port},fork,reuseaddr exec:cat")
        lab.succeed("systemd-run socat udp4-listen:5353,fork,reuseaddr exec:cat")
        outside.succeed(asks_tcp(${toString facts.ssh.port}))
        for port in (80, 443, ${toString facts.k3s.api_port}, 10250):
            lab.wait_until_succeeds(asks_tcp(port), timeout=30)
            outside.fail(asks_tcp(port))
        lab.wait_until_succeeds(asks_udp(5353), timeout=30)
        outside.fail(asks_udp(5353))

    with subtest("nobody outside puts packets into the network of pods"):
        # The port of flannel, which gives no answer of its own: what answers takes its place for a while.
        lab.succeed("systemctl stop k3s.service", "ip link delete flannel.1")
        lab.succeed("systemd-run --unit=in-flannels-place socat udp4-listen:8472,fork,reuseaddr exec:cat")
        lab.wait_until_succeeds(asks_udp(8472), timeout=30)
        outside.fail(asks_udp(8472))
        lab.succeed("systemctl stop in-flannels-place.service", "systemctl start k3s.service")

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
