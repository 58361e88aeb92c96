# What the machine keeps about itself. Metrics and alerts are the lab's business: its exporters run in pods
_facts:
{ ... }:
{
  # From 26.11 on: services.journald.settings.Journal (https://github.com/NixOS/nixpkgs/pull/536538).
  services.journald.extraConfig = ''
    SystemMaxUse=2G
    MaxRetentionSec=30day
  '';
  # A dump of memory holds every key that the program had.
  systemd.coredump.enable = false;
}
