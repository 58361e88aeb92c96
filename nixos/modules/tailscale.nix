# The machine in its tailnet, by which the lab is reached
facts:
{ lib, ... }:
let
  keyReference = "gpu-lab/tailscale-auth-key";
  settings = [
    "--hostname=${facts.lab}"
    # The machine asks for no names of the tailnet, and its resolv.conf stays as it is.
    "--accept-dns=false"
  ];
in
{
  # nixpkgs' unit makes what is in `authKeyFile` an argument, which every process can read. So the file has the key's
  # path, and tailscale reads the key itself (https://tailscale.com/kb/1241/tailscale-up).
  environment.etc.${keyReference}.text = "file:${facts.secrets.tailscale_key}";

  services.tailscale = {
    enable = true;
    interfaceName = facts.tailscale.interface;
    port = facts.tailscale.udp_port;
    # Read when the machine is not in the tailnet yet; it works once. Where the state was kept, nothing reads it.
    authKeyFile = "/etc/${keyReference}";
    # `up` runs when the machine joins, `set` at every boot and change. A tag comes with the key that grants it.
    extraUpFlags = [ "--advertise-tags=${facts.tailscale.tag}" ] ++ settings;
    extraSetFlags = settings;
    # Logs go to Tailscale's servers by default, files come in by Taildrop.
    disableUpstreamLogging = lib.mkDefault true;
    disableTaildrop = lib.mkDefault true;
  };
}
