# The oldest versions that the lab works with; the newer ones are the pinned nixpkgs' choice
facts:
{ lib, pkgs, ... }:
let
  found = {
    nvidia_driver = pkgs.linuxPackages.nvidiaPackages.production.version;
    nvidia_container_toolkit = pkgs.nvidia-container-toolkit.version;
    tailscale = pkgs.tailscale.version;
  };
in
{
  assertions = lib.mapAttrsToList (program: floor: {
    assertion = lib.versionAtLeast found.${program} floor;
    message = "${program} is ${found.${program}}, older than ${floor} (constructs/ailab/versions.py says why)";
  }) facts.floors;
}
