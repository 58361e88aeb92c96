# A change of the lab's manifests: handed to k3s as one file, from the folder to which they were brought
facts:
{ pkgs, ... }:
{
  environment.systemPackages = [
    (pkgs.writeShellApplication {
      name = "lab-deploy";
      runtimeInputs = [ pkgs.coreutils ];
      runtimeEnv = {
        AUTODEPLOY_FOLDER = "/var/lib/rancher/k3s/server/manifests";
        AUTODEPLOY_LAB = facts.lab;
        AUTODEPLOY_SOURCE = facts.shipped.manifests;
      };
      text = builtins.readFile ../scripts/autodeploy.sh;
    })
  ];
}
