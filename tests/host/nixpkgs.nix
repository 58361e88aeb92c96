# What the modules use of nixpkgs, in its place: its functions as they are documented, its packages as names with versions
versions:
let
  override = priority: content: {
    _type = "override";
    inherit priority content;
  };
  # Not a package: it says the version of something that is a part of one.
  only = version: { inherit version; };
  package = name: version: {
    inherit name version;
    pname = name;
    outPath = "/nix/store/stand-in-${name}";
  };
in
rec {
  lib = rec {
    mkIf = condition: content: {
      _type = "if";
      inherit condition content;
    };
    mkMerge = contents: {
      _type = "merge";
      inherit contents;
    };
    mkForce = override 50;
    mkDefault = override 1000;
    mkAfter = content: {
      _type = "order";
      priority = 1500;
      inherit content;
    };

    optional = condition: item: if condition then [ item ] else [ ];
    optionals = condition: items: if condition then items else [ ];
    optionalString = condition: text: if condition then text else "";
    optionalAttrs = condition: set: if condition then set else { };

    inherit (builtins)
      all
      attrNames
      attrValues
      concatStringsSep
      elem
      head
      mapAttrs
      replaceStrings
      ;
    concatMapStrings = f: items: concatStringsSep "" (map f items);
    mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
    filterAttrs = holds: set: removeAttrs set (builtins.filter (name: !holds name set.${name}) (attrNames set));
    mapAttrs' = f: set: builtins.listToAttrs (mapAttrsToList f set);
    removeSuffix =
      suffix: text:
      let
        length = builtins.stringLength text - builtins.stringLength suffix;
      in
      if builtins.substring length (-1) text == suffix then builtins.substring 0 length text else text;
    recursiveUpdate =
      left: right:
      left // mapAttrs (name: value: if builtins.isAttrs value then recursiveUpdate (left.${name} or { }) value else value) right;
    importJSON = file: builtins.fromJSON (builtins.readFile file);

    versionAtLeast = version: floor: builtins.compareVersions version floor >= 0;
    getName = package: package.pname;
    getExe = program: "${program}/bin/${program.name}";
    getOutput = output: package: package.${output};

    # Declarations of options: what they are is kept, what they do is not needed.
    mkOption = declaration: declaration;
    mkEnableOption = description: { inherit description; };
    literalExpression = text: text;
    types = {
      anything = "anything";
      attrsOf = type: "attribute set of ${type}";
      path = "absolute path";
      nullOr = type: "null or ${type}";
    };

    setDefaultModuleLocation = file: module: {
      _file = toString file;
      imports = [ module ];
    };
    # A system that has an assertion which does not hold can be listed, and not built.
    nixosSystem =
      arguments:
      let
        asserted = module: if module ? imports then map (each: each told) module.imports else [ ];
        told = {
          inherit lib pkgs;
          modulesPath = "/nix/store/stand-in-modules";
        };
        all = builtins.concatMap (content: content.assertions or [ ]) (builtins.concatMap asserted arguments.modules);
        failed = builtins.filter (each: !each.assertion) all;
      in
      arguments
      // {
        config.system.build.toplevel.drvPath =
          if failed == [ ] then "/nix/store/stand-in-host.drv" else throw (builtins.head failed).message;
      };
  };

  pkgs = builtins.mapAttrs package versions.packages // {
    nvidia-container-toolkit = package "nvidia-container-toolkit" versions.nvidia_container_toolkit // {
      tools = package "nvidia-container-toolkit-tools" versions.nvidia_container_toolkit;
    };
    linuxPackages.nvidiaPackages.production = only versions.nvidia_driver;
    testers.runNixOSTest = test: test;
    writeText = name: text: package name "" // { inherit text; };
    # What it runs with stands in its path, where tests see it.
    writeShellApplication =
      {
        name,
        runtimeInputs,
        runtimeEnv,
        text,
      }:
      let
        told = builtins.toJSON {
          environment = runtimeEnv;
          path = map toString runtimeInputs;
          script = text;
        };
      in
      package name "" // { outPath = "/nix/store/stand-in-${name} ${told}"; };
  };
}
