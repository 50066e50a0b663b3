#!/usr/bin/env bash
# guacd and lab hosts (sshd, a VNC server, xrdp) for `npm run test:real`, on loopback: part of real:up and real:down.
#   usage: desktops.sh up|down [the file of variables that run.mjs reads]
# They need root (chroot for guacd, a login for the hosts) and Debian; without either they are left out, loudly.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

up() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "real:up: guacd and lab hosts are left out: they need root on Debian" >&2
    return 0
  fi
  bash "$here/guacd.sh" up
  bash "$here/servers.sh" up
  # Once, however often it is called.
  grep -q '^GUACD=' "$1" 2>/dev/null || (umask 077; echo "GUACD=${GUACD_BIND:-127.0.0.1}:${GUACD_PORT:-4822}" >>"$1")
}
down() {
  [ "$(id -u)" = 0 ] || return 0
  bash "$here/servers.sh" down
  bash "$here/guacd.sh" down
}

case ${1:-} in
  up) up "${2:?the file of variables}" ;;
  down) down ;;
  *) echo "usage: $0 up|down FILE" >&2; exit 2 ;;
esac
