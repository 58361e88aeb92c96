# The module for other machines: what its options are, and what it sets with a lab's facts
{ host, facts, versions }:
let
  nixpkgs = import ./nixpkgs.nix (builtins.fromJSON (builtins.readFile versions));
  given = device: ssh: {
    inherit (nixpkgs) lib pkgs;
    config.services.openssh = ssh;
    config.services.gpu-lab = {
      enable = true;
      facts = builtins.fromJSON (builtins.readFile facts);
      inherit device;
    };
  };
  module = device: ssh: import (host + "/module.nix") (given device ssh);
  listens = ports: {
    enable = true;
    inherit ports;
  };
  plain = import ./plain.nix;
in
{
  inherit (module null (listens [ 22 ])) options;
  withVolume.all = plain (module "/dev/vdz" (listens [ 22 ])).config;
  withoutVolume.all = plain (module null (listens [ 22 ])).config;
  withoutSsh.all = plain (module null { enable = false; }).config;
  sshElsewhere.all = plain (module null (listens [ 2222 ])).config;
}
