# Evaluate every module of several hosts, each module by itself: the settings of each file, as far as JSON can say them
#
# `cases` is a JSON file: for each name, the folder of the modules and the facts of the lab.
{ cases, versions }:
let
  nixpkgs = import ./nixpkgs.nix (builtins.fromJSON (builtins.readFile versions));
  arguments = {
    inherit (nixpkgs) lib pkgs;
    modulesPath = "/nix/store/stand-in-modules";
    # A module that asked would be no function of the lab's facts.
    config = throw "a module reads `config`";
  };
  plain = import ./plain.nix;
  evaluated =
    case:
    let
      concerns = import (/. + case.host + "/modules");
    in
    builtins.listToAttrs (
      map (file: {
        name = "modules/${baseNameOf (toString file)}";
        value = plain (import file case.facts arguments);
      }) (concerns.lab ++ concerns.droplet)
    );
in
builtins.mapAttrs (_: evaluated) (builtins.fromJSON (builtins.readFile cases))
