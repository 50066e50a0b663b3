#!/usr/bin/env bash
# For test/real/up.sh: starts the testbed and appends to the file of variables where it is.
#   start.sh <file>
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "$(id -u)" != 0 ]; then
  echo "real:up: no Keystone and Heat: they are installed and run as root"
  exit 0
fi
OS_LAB=$(mktemp -d /tmp/lab-terminal-openstack-XXXXXX)
export OS_LAB
echo "LAB_TEST_OPENSTACK=$OS_LAB" >>"$1"
echo "real:up: Keystone and Heat (the first time their Debian packages are installed, one to three minutes) …"
bash "$here/up.sh"
