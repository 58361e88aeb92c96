# First process of a machine: runs sshd in the root of whichever system /machine/system names, again after each restart.
# $1: the machine's folder; $2: where sshd was unpacked; $3: where its libraries are, as a search path.
set -eu
cd "$1"

furnish() {
  mkdir -p "$1/usr" "$1/dev" "$1/proc" "$1/tmp" "$1/run" "$1/root" "$1/opt" "$1/machine" "$1/etc/ssh"
  for name in bin sbin lib lib64; do [ -e "$1/$name" ] || ln -s "usr/$name" "$1/$name"; done
  mount --rbind /usr "$1/usr"
  mount --rbind /dev "$1/dev"
  mount -t proc proc "$1/proc"
  mount --bind machine/boot_id "$1/proc/sys/kernel/random/boot_id"
  mount --bind "$2" "$1/opt"
  mount --bind machine "$1/machine"
  cp machine/passwd "$1/etc/passwd"
}

while :; do
  cat /proc/sys/kernel/random/uuid >machine/boot_id
  case $(cat machine/system) in
    stock) root=stock ;;
    installer)
      root=installer
      mkdir -p installer/etc/ssh installer/mnt
      cp -p stock/etc/ssh/ssh_host_* installer/etc/ssh/
      printf 'ID=nixos\nVARIANT_ID=installer\n' >installer/etc/os-release
      ;;
    nixos) root=machine/disk ;;
  esac
  [ ! -d installer/mnt ] || umount --lazy installer/mnt 2>/dev/null || :
  mountpoint -q "$root/usr" || furnish "$root" "$2"
  rm -rf "$root/run"
  mkdir -p "$root/run/sshd"
  LD_LIBRARY_PATH=$3 chroot "$root" /opt/usr/sbin/sshd -D -e -f /machine/sshd_config || :
  sleep 0.2
done
