# The concerns of a lab's host, a file each. Every one is a function of the lab's facts that gives a NixOS module
{
  # Whatever the machine is.
  lab = [
    ./firewall.nix
    ./gpu.nix
    ./guard.nix
    ./k3s.nix
    ./secrets.nix
    ./serve.nix
    ./storage.nix
    ./tailscale.nix
    ./versions.nix
  ];
  # Where the machine is a droplet that the lab has for itself.
  droplet = [
    ./base.nix
    ./digitalocean.nix
    ./disk.nix
    ./monitoring.nix
    ./unfree.nix
    ./upgrade.nix
    ./users.nix
  ];
}
