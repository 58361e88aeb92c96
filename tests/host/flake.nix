# The flake with stand-ins for its inputs: which hosts it gives, of what they are made, and whether its test evaluates
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
  check = outputs.checks.x86_64-linux.lab;
in
{
  inherit (flake) inputs;
  hosts = builtins.mapAttrs (_: files) outputs.nixosConfigurations;
  systems = builtins.mapAttrs (_: host: host.system) outputs.nixosConfigurations;
  module = builtins.functionArgs outputs.nixosModules.default ? config;
  check = {
    inherit (check) name testScript;
    machine = plain (check.nodes.lab { config.services.k3s.package.airgap-images = "images"; });
  };
}
