#!/usr/bin/env bash
# npm run real:down: ends what `npm run real:up` started and removes its files.
set -euo pipefail
cd "$(dirname "$0")/../.."

state=node_modules/.cache/lab-terminal/real
if [ ! -f "$state/env" ]; then
  echo "real:down: nothing runs"
  exit 0
fi
# shellcheck disable=SC1091
. "$state/env"

as() { "$@"; }
[ "$(id -u)" != 0 ] || as() { runuser -u postgres -- "$@"; }
(cd "$REAL_HOME" && as "$REAL_POSTGRES_BIN/pg_ctl" stop --mode fast --silent --pgdata "$REAL_HOME/data") || true
case "$REAL_HOME" in
  /tmp/lab-terminal-real-*) rm -rf "$REAL_HOME" ;;
esac
bash test/real/openstack/stop.sh "${LAB_TEST_OPENSTACK:-}"
rm -f "$state/env"
bash test/real/desktops.sh down
echo "real:down: ended"
