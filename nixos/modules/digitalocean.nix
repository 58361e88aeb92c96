# What a droplet is: its network from the config drive, and none of what nixpkgs would do to it by default
facts:
{ lib, modulesPath, ... }:
{
  imports = [ "${modulesPath}/virtualisation/digital-ocean-config.nix" ];

  virtualisation.digitalOcean = {
    # Would turn the user data, which every process can read and which the API can set, into the system at boot.
    rebuildFromUserData = false;
    # Would let in whoever has a key in the account; who may log in stands in the lab's file.
    setSshKeys = false;
    setRootPassword = false;
    # Would run a script of the metadata service as root. The hypervisor's random numbers do without.
    seedEntropy = false;
  };
  # DigitalOcean's console shows this one, nixpkgs names the serial one; what systemd says goes to the last one named.
  boot.kernelParams = lib.mkAfter [ "console=tty0" ];
  # Reports to the outside; the lab watches itself.
  services.do-agent.enable = false;

  # DigitalOcean answers no DHCP on droplets of its stock images: addresses come by cloud-init, from the config drive.
  networking.useDHCP = lib.mkForce false;
  # In a change the new ones take over at once. Stopped first, they would be gone until all else has started.
  systemd.services.systemd-networkd.stopIfChanged = false;
  systemd.services.systemd-resolved.stopIfChanged = false;
  # Root has no password, so that emergency mode would be a machine that neither ssh nor the console lets anybody into.
  systemd.enableEmergencyMode = false;
  # Without names nothing can be repaired from afar, so they do not hang on what the config drive says.
  networking.nameservers = facts.name_servers;
  services.cloud-init = {
    enable = true;
    network.enable = true;
    settings = {
      datasource_list = [
        "ConfigDrive"
        "DigitalOcean"
      ];
      # The network is set up before the modules of any stage, and all else of the machine stands in this repository.
      cloud_init_modules = [ "seed_random" ];
      cloud_config_modules = [ ];
      cloud_final_modules = [ ];
    };
  };
}
