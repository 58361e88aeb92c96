"""NixOS, secrets and manifests on their way to a lab's machine, by ssh alone: no Nix is needed here."""
