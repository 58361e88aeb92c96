# What is not free on a droplet: NVIDIA's driver. Another machine's owner says so: nixpkgs takes one predicate, not two
facts:
{ lib, ... }:
lib.mkIf (facts.gpu != null) {
  nixpkgs.config.allowUnfreePredicate =
    package:
    builtins.elem (lib.getName package) [
      "nvidia-persistenced"
      "nvidia-x11"
    ];
}
