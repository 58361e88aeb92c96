{
  description = "The NixOS hosts of labs, one for each file in labs/";

  inputs = {
    # Branch nixos-26.05 as of 25 September 2026.
    nixpkgs.url = "github:NixOS/nixpkgs/f5c082a40f7571c266e74e80ae2e68aadd8a9fc7";
    # Branch master as of 28 July 2026.
    disko.url = "github:nix-community/disko/ff8702b4de27f72b4c78573dfb89ec74e36abdf1";
    disko.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    { nixpkgs, disko, ... }:
    let
      inherit (nixpkgs) lib;
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
      modules = import ./modules;
      labs = import ./labs.nix { inherit lib; };
      # With its file's name, which Nix's messages would otherwise not know: the module is what the file returns.
      told = facts: file: lib.setDefaultModuleLocation file (import file facts);
      host =
        facts:
        lib.nixosSystem {
          inherit system;
          modules = [ disko.nixosModules.disko ] ++ map (told facts) (modules.lab ++ modules.droplet);
        };
    in
    {
      # A lab has a host once its file has a key of its owner's: nobody could log in to one without.
      nixosConfigurations = lib.mapAttrs (_: host) (lib.filterAttrs (_: facts: facts.ssh.keys != [ ]) labs);

      nixosModules.default = import ./module.nix;

      checks.${system} =
        import ./tests/hosts.nix { inherit lib pkgs labs host; }
        // {
          lab = import ./tests/lab.nix { inherit lib pkgs; };
        };
    };
}
