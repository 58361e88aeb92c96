# The droplet's own disk, which is written anew with each droplet: nothing on it is worth keeping
facts:
{ lib, ... }:
{
  # For BIOS and for UEFI: which one a GPU droplet's host has is said nowhere.
  disko.devices.disk.main = {
    device = facts.disk;
    type = "disk";
    content = {
      type = "gpt";
      partitions = {
        bios = {
          size = "1M";
          type = "EF02";
          priority = 1;
        };
        efi = {
          size = "500M";
          type = "EF00";
          content = {
            type = "filesystem";
            format = "vfat";
            mountpoint = "/boot";
            mountOptions = [ "umask=0077" ];
          };
        };
        root = {
          size = "100%";
          content = {
            type = "filesystem";
            format = "ext4";
            mountpoint = "/";
          };
        };
      };
    };
  };

  boot.loader.grub = {
    # nixpkgs' module for droplets names the disk too, and disko does for the BIOS partition: GRUB refuses a disk that
    # is named twice (https://github.com/nix-community/disko/issues/748).
    devices = lib.mkForce [ facts.disk ];
    efiSupport = true;
    efiInstallAsRemovable = true;
  };
}
