# The module for other machines: what its options are, and what it sets with a lab's facts
{ host, facts, versions }:
let
  nixpkgs = import ./nixpkgs.nix (builtins.fromJSON (builtins.readFile versions));
  given = device: {
    inherit (nixpkgs) lib pkgs;
    config.services.gpu-lab = {
      enable = true;
      facts = builtins.fromJSON (builtins.readFile facts);
      inherit device;
    };
  };
  module = device: import (host + "/module.nix") (given device);
  plain = import ./plain.nix;
in
{
  inherit (module null) options;
  withVolume.all = plain (module "/dev/vdz").config;
  withoutVolume.all = plain (module null).config;
}
