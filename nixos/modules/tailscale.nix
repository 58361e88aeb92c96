# The machine in its tailnet, by which the lab is reached
facts:
{ ... }:
{
  services.tailscale = {
    enable = true;
    interfaceName = facts.tailscale.interface;
    port = facts.tailscale.udp_port;
    # Read when the machine is not in the tailnet yet; it works once. Where the state was kept, nothing reads it.
    authKeyFile = facts.secrets.tailscale_key;
    extraUpFlags = [
      "--advertise-tags=${facts.tailscale.tag}"
      "--hostname=${facts.lab}"
      # The machine asks for no names of the tailnet, and its resolv.conf stays as it is.
      "--accept-dns=false"
    ];
    # Logs go to Tailscale's servers by default, files come in by Taildrop.
    disableUpstreamLogging = true;
    disableTaildrop = true;
  };
}
