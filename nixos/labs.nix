# The labs: the facts in labs/, which `./lab synth` writes, by the name of each
{ lib }:
lib.mapAttrs' (file: _: {
  name = lib.removeSuffix ".json" file;
  value = lib.importJSON (./labs + "/${file}");
}) (builtins.readDir ./labs)
