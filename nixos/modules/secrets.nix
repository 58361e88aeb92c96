# Where secrets are that no store may hold: what the machine needs before it has a cluster, in files that root alone reads
facts:
{ ... }:
{
  # The type "d" leaves what is in the folder alone (tmpfiles.d(5)).
  systemd.tmpfiles.rules = [ "d ${facts.secrets.folder} 0700 root root -" ];
}
