# A change of the machine: tried first, and undone by itself unless somebody can still log in
facts:
{ pkgs, ... }:
{
  environment.systemPackages = [
    (pkgs.writeShellApplication {
      name = "lab-rollback";
      # nixos-rebuild is the running system's own.
      runtimeInputs = [
        pkgs.coreutils
        pkgs.gawk
        pkgs.gnugrep
        pkgs.gnused
        pkgs.iproute2
        pkgs.systemd
      ];
      runtimeEnv = {
        ROLLBACK_FLAKE = "path:${facts.change.flake}#${facts.lab}";
        ROLLBACK_FOLDER = facts.change.folder;
        ROLLBACK_MINUTES = facts.change.minutes;
        ROLLBACK_SSH_PORT = facts.ssh.port;
        ROLLBACK_SYSTEMS = "/run";
      };
      text = builtins.readFile ../scripts/rollback.sh;
    })
  ];

  # Former systems to go back to: as many as the boot partition has room for kernels.
  boot.loader.grub.configurationLimit = 5;
  nix.gc = {
    automatic = true;
    dates = "weekly";
    options = "--delete-older-than 30d";
  };
}
