# Secrets that the machine needs before it has a cluster: no store may hold them, and root alone reads them
facts:
{ ... }:
{
  # The type "d" leaves what is in the folder alone (tmpfiles.d(5)).
  systemd.tmpfiles.rules = [ "d ${facts.secrets.folder} 0700 root root -" ];
}
