# A lab on a machine that is not its own droplet: the modules of ./modules/default.nix behind a few options
#
#   imports = [ gpu-lab.nixosModules.default ];
#   services.gpu-lab = {
#     enable = true;
#     facts = lib.importJSON ./labs/my-lab.json; # made by `./lab synth`
#   };
{
  config,
  lib,
  pkgs,
  ...
}@arguments:
let
  cfg = config.services.gpu-lab;
  ssh = config.services.openssh;
  driver = cfg.facts.floors.nvidia_driver or null;
  found = config.hardware.nvidia.package.version;
  facts = cfg.facts // {
    # Which driver that is, is this machine's choice: it is looked at here.
    floors = removeAttrs cfg.facts.floors [ "nvidia_driver" ];
    state = cfg.facts.state // {
      inherit (cfg) device;
    };
  };
in
{
  options.services.gpu-lab = {
    enable = lib.mkEnableOption "a private AI lab on this machine: k3s, Tailscale, and a packet filter in front of both";

    facts = lib.mkOption {
      type = lib.types.attrsOf lib.types.anything;
      example = lib.literalExpression "lib.importJSON ./labs/my-lab.json";
      description = ''
        What the lab's file says about its host, as `./lab synth` writes it into {file}`nixos/labs/<lab>.json`.

        The machine gets the lab's packet filter: from outside only SSH is reached, whatever other services open, and at
        the port of these facts alone. Containers, virtual machines and tunnels that are not the lab's (docker0, virbr0,
        wg0) lose their network: what they send is not forwarded, and reaches of this machine SSH alone. Where sshd runs and does not listen there, the configuration is refused.
      '';
    };

    device = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      example = "/dev/disk/by-label/lab";
      description = ''
        The file system, of type ext4, that holds the lab's data. By default the data is in a folder of the machine's
        own disk, {file}`/mnt/gpu-lab`.
      '';
    };
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge (
      map (file: import file facts arguments) (import ./modules).lab
      ++ [
        {
          assertions = [
            {
              assertion = !ssh.enable || builtins.elem facts.ssh.port ssh.ports;
              message = "services.gpu-lab: the packet filter closes every port but ${toString facts.ssh.port}, where sshd does not listen; add it to services.openssh.ports";
            }
            {
              # nixpkgs appends them to what is in authKeyFile, which here is the key's path.
              assertion = lib.all (value: value == null) (lib.attrValues config.services.tailscale.authKeyParameters);
              message = "services.tailscale.authKeyParameters: would become a part of the path of the lab's key; leave it unset";
            }
          ]
          ++ lib.optional (driver != null) {
            assertion = lib.versionAtLeast found driver;
            message = "hardware.nvidia.package is ${found}, older than ${driver} (constructs/ailab/versions.py says why)";
          };
        }
      ]
    )
  );
}
