# The volume that outlives the droplet: the cluster with its data, and the machine's place in the tailnet
facts:
{ lib, ... }:
let
  inherit (facts.state) device folder;
  # A stage of boot that fails reboots a droplet, over and over: without the volume it must come up and wait for help.
  optional = [ "nofail" ];
  # By their paths systemd knows that these come after the volume (systemd.mount(5)); it makes a folder that is new.
  cluster = {
    # Not k3s's own folder in it: k3s-killall.sh unmounts that and whatever is mounted below.
    "/var/lib/rancher" = "rancher";
    # k3s refuses a node of a known name that does not have the password that it had before.
    "/etc/rancher/node" = "rancher-node";
  };
  tailnet = {
    "/var/lib/tailscale" = "tailscale";
  };
  bind = _: name: {
    device = "${folder}/${name}";
    fsType = "none";
    options = optional ++ [ "bind" ];
  };
  needs = kept: { unitConfig.RequiresMountsFor = [ folder ] ++ lib.attrNames kept; };
in
{
  fileSystems =
    lib.mapAttrs bind (cluster // tailnet)
    # A machine that is not a droplet may have the folder on its own disk.
    // lib.optionalAttrs (device != null) {
      ${folder} = {
        inherit device;
        fsType = "ext4"; # as it was made; it is never formatted from here
        autoResize = true; # a volume that was enlarged is larger after the next boot
        options = optional ++ [
          "discard"
          "noatime"
        ];
      };
    };

  # Without the volume they would begin anew on the machine's own disk, which goes with the droplet.
  systemd.services.k3s = needs cluster;
  systemd.services.tailscaled = needs tailnet;
}
