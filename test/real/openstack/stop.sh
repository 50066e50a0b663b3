#!/usr/bin/env bash
# For test/real/down.sh: ends what start.sh started in this folder, and removes it.
#   stop.sh <state folder>
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case ${1:-} in
  /tmp/lab-terminal-openstack-*) OS_LAB=$1 bash "$here/down.sh" --wipe ;;
esac
