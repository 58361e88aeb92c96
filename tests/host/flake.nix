# The flake with stand-ins for its inputs: which hosts it gives, of what they are made, and what its checks are
{ host, versions }:
let
  plain = import ./plain.nix;
  nixpkgs = import ./nixpkgs.nix (builtins.fromJSON (builtins.readFile versions));
  flake = import (host + "/flake.nix");
  outputs = flake.outputs {
    self = outputs;
    nixpkgs = {
      inherit (nixpkgs) lib;
      legacyPackages.x86_64-linux = nixpkgs.pkgs;
    };
    disko.nixosModules.disko = "disko";
  };
  files = host: map (module: module._file or module) host.modules;
  checks = outputs.checks.x86_64-linux;
  summary = test: {
    inherit (test) name testScript;
    machine = plain (test.nodes.lab { config.services.k3s.package.airgap-images = "images"; });
  };
in
{
  inherit (flake) inputs;
  hosts = builtins.mapAttrs (_: files) outputs.nixosConfigurations;
  systems = builtins.mapAttrs (_: host: host.system) outputs.nixosConfigurations;
  # What `nix flake check` evaluates of a host, whether it has a key or none.
  checked = builtins.mapAttrs (_: host: host.text) (removeAttrs checks [ "lab" ]);
  module = builtins.functionArgs outputs.nixosModules.default ? config;
  check = summary checks.lab;
}
