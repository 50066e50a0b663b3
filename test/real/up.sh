#!/usr/bin/env bash
# npm run real:up: starts the real parts for `npm run test:real` on a Debian machine, as an unprivileged user, on
# loopback, away from any server that runs there already: a throw-away PostgreSQL cluster, OpenSSH's sshd, which the tests
# start themselves, Keystone with Heat (openstack/), and guacd with lab hosts to show (desktops.sh).
set -euo pipefail
cd "$(dirname "$0")/../.."

state=node_modules/.cache/lab-terminal/real
mkdir -p "$state"
if [ -f "$state/env" ]; then
  echo "real:up: PostgreSQL runs already (npm run real:down ends it)"
  bash test/real/desktops.sh up "$state/env"
  exit 0
fi

servers() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V; }

install_postgresql() {
  [ "$(id -u)" = 0 ] || { echo "real:up: install the Debian package postgresql first" >&2; exit 1; }
  echo "real:up: installing the Debian package postgresql (apt-get) …"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends postgresql-common >/dev/null
  # Without the cluster that the package makes and starts by itself.
  local setting=/etc/postgresql-common/createcluster.d/lab-terminal.conf
  mkdir -p "$(dirname "$setting")"
  echo 'create_main_cluster = false' >"$setting"
  apt-get -qq install -y --no-install-recommends postgresql >/dev/null
  rm -f "$setting"
}

install_sshd() {
  [ "$(id -u)" = 0 ] || { echo "real:up: install the Debian packages openssh-server, tmux and screen first" >&2; exit 1; }
  echo "real:up: installing the Debian packages openssh-server, tmux and screen (apt-get) …"
  export DEBIAN_FRONTEND=noninteractive
  # The tests start a server of their own: the package's must not start by itself.
  local policy=/usr/sbin/policy-rc.d had=
  [ ! -e $policy ] || had=1
  [ -n "$had" ] || { printf '#!/bin/sh\nexit 101\n' >$policy; chmod 755 $policy; }
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends openssh-server tmux screen >/dev/null
  [ -n "$had" ] || rm -f $policy
}

[ -n "$(servers)" ] || install_postgresql
{ [ -x /usr/sbin/sshd ] && [ -x /usr/bin/tmux ] && [ -x /usr/bin/screen ]; } || install_sshd
bin=$(servers | tail -n 1)

# The server refuses to run as root, and its user may be unable to enter the checkout: it lives in a folder of its own.
home=$(mktemp -d /tmp/lab-terminal-real-XXXXXX)
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
  chown postgres: "$home"
  as() { runuser -u postgres -- "$@"; }
fi
port=$(node -e "const s=require('net').createServer().listen(0,'127.0.0.1',()=>{console.log(s.address().port);s.close()})")
password=$(node -p "require('crypto').randomBytes(18).toString('hex')")

cd "$home"
(umask 077; printf '%s' "$password" >password; [ "$(id -u)" != 0 ] || chown postgres: password)
as "$bin/initdb" --pgdata data --username lab --auth scram-sha-256 --pwfile password --encoding UTF8 --locale C.UTF-8 >initdb.log
rm password
as "$bin/pg_ctl" start --wait --silent --pgdata data --log "$home/data/server.log" \
  --options "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c fsync=off"
cd - >/dev/null

(
  umask 077
  {
    echo "REAL_HOME=$home"
    echo "REAL_POSTGRES_BIN=$bin"
    echo "SSHD=/usr/sbin/sshd"
    echo "LAB_TEST_DATABASE_URL=postgres://lab:$password@127.0.0.1:$port/postgres"
  } >"$state/env"
)
echo "real:up: PostgreSQL $("$bin/postgres" --version | grep -o '[0-9.]*' | head -n 1) on 127.0.0.1:$port"
bash test/real/openstack/start.sh "$state/env"
bash test/real/desktops.sh up "$state/env"
