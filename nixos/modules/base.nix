# The machine's name and clock, and Nix itself
facts:
{ lib, ... }:
{
  networking.hostName = facts.lab;
  time.timeZone = lib.mkDefault "UTC";

  nix.settings.experimental-features = [
    "nix-command"
    "flakes"
  ];
  # A change is built beside a lab at work: it waits for the lab's disk, and where memory ends it ends first.
  nix.daemonCPUSchedPolicy = "batch";
  nix.daemonIOSchedClass = "idle";
  systemd.services.nix-daemon.serviceConfig.OOMScoreAdjust = 250; # builds are its children, and take it over
  # Nobody reads manuals on the machine, and they are built anew with each change of an option.
  documentation.enable = false;

  # Says which release the data on the machine is of, not which one runs: it stays.
  # https://nixos.org/manual/nixos/stable/options#opt-system.stateVersion
  system.stateVersion = "26.05";
}
