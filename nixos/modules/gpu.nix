# NVIDIA's driver, and the way by which pods get the GPU: CDI
facts:
{ lib, pkgs, ... }:
let
  toolkit = pkgs.nvidia-container-toolkit;
  devices = [ "nvidia-container-toolkit-cdi-generator.service" ];
in
lib.mkIf (facts.gpu != null) {
  # Loads the driver; there is no X server.
  services.xserver.videoDrivers = [ "nvidia" ];
  hardware.graphics.enable = true;
  hardware.nvidia = {
    branch = lib.mkDefault "production";
    open = true; # a must: without a choice the evaluation ends with a message that names no option
    nvidiaSettings = lib.mkDefault false; # a window, which a machine of somebody's own may have use for
    nvidiaPersistenced = true;
  };
  hardware.nvidia-container-toolkit = {
    enable = true;
    device-name-strategy = facts.gpu.device_names;
  };

  # The driver's devices may come a little later than the unit that lists them. Its script is a pipe into a file, which
  # ends well with an empty one (nixpkgs, nixos/modules/services/hardware/nvidia-container-toolkit/cdi-generate.nix).
  systemd.services.nvidia-container-toolkit-cdi-generator.serviceConfig = {
    ExecStartPost = "${pkgs.coreutils}/bin/test -s /run/cdi/nvidia-container-toolkit.json";
    Restart = "on-failure";
    RestartSec = "10s";
  };

  # k3s makes a runtime of each of NVIDIA's programs that it finds on its PATH, and looks once, when it starts. Those
  # programs are not in the toolkit's first output. The list of devices must be there before the first pod asks for one.
  systemd.services.k3s = {
    path = [
      toolkit
      (lib.getOutput "tools" toolkit)
      pkgs.runc
    ];
    after = devices;
    wants = devices;
  };
}
