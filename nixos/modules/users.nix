# Who may log in, and how: root, with a key of the lab's file
facts:
{ ... }:
{
  assertions = [
    {
      assertion = facts.ssh.keys != [ ];
      message = "labs/${facts.lab}.toml: host.ssh_keys is empty, so nobody could log in; add your public key";
    }
  ];

  # Nobody is added on the machine, and no password is set there.
  users.mutableUsers = false;
  users.users.root.openssh.authorizedKeys.keys = facts.ssh.keys;

  services.openssh = {
    enable = true;
    ports = [ facts.ssh.port ];
    openFirewall = false; # ./firewall.nix says what is open
    # No key gets in by a file that a program of the machine wrote.
    authorizedKeysInHomedir = false;
    # The one that `./lab up` brings and knows, so that no stranger's machine is taken for the lab's.
    hostKeys = [
      {
        path = facts.ssh.host_key;
        type = "ed25519";
      }
    ];
    settings = {
      AllowUsers = [ "root" ];
      PermitRootLogin = "prohibit-password";
      PasswordAuthentication = false;
      KbdInteractiveAuthentication = false;
      X11Forwarding = false;
    };
  };
}
