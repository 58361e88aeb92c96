# The module for other machines: what its options are, and what it sets with a lab's facts
{ host, facts, versions }:
let
  nixpkgs = import ./nixpkgs.nix (builtins.fromJSON (builtins.readFile versions));
  # The machine as its owner has it, where it differs from a good one.
  given = device: machine: {
    inherit (nixpkgs) lib pkgs;
    config = nixpkgs.lib.recursiveUpdate {
      services.openssh = {
        enable = true;
        ports = [ 22 ];
      };
      services.tailscale.authKeyParameters = {
        baseURL = null;
        ephemeral = null;
        preauthorized = null;
      };
      hardware.nvidia.package.version = "610.43";
      services.gpu-lab = {
        enable = true;
        facts = builtins.fromJSON (builtins.readFile facts);
        inherit device;
      };
    } machine;
  };
  module = device: machine: import (host + "/module.nix") (given device machine);
  plain = import ./plain.nix;
  on = machine: { all = plain (module null machine).config; };
in
{
  inherit (module null { }) options;
  withVolume.all = plain (module "/dev/vdz" { }).config;
  withoutVolume = on { };
  withoutSsh = on { services.openssh.enable = false; };
  sshElsewhere = on { services.openssh.ports = [ 2222 ]; };
  oldDriver = on { hardware.nvidia.package.version = "570.211"; };
  keyParameters = on { services.tailscale.authKeyParameters.ephemeral = false; };
}
