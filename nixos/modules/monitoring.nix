# What the machine keeps about itself. Metrics and alerts are the lab's business: its exporters run in pods
_facts:
{ ... }:
{
  # From 26.11 on: services.journald.settings.Journal (https://github.com/NixOS/nixpkgs/pull/536538).
  services.journald.extraConfig = ''
    SystemMaxUse=2G
    MaxRetentionSec=30day
  '';
  # A dump of memory holds every key that the program had. Without this service the kernel writes one into the folder
  # where the program stands; with it, a crash is a line of the journal, and no memory is kept (coredump.conf(5)).
  systemd.coredump.enable = true;
  environment.etc."systemd/coredump.conf.d/gpu-lab.conf".text = ''
    [Coredump]
    Storage=none
    ProcessSizeMax=0
  '';
}
