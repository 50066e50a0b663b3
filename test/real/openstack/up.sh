#!/usr/bin/env bash
# Brings a real Keystone and a real Heat (Debian 12's packages: 22 and 19) up on 127.0.0.1, as root, without systemd, a
# message queue or a database server. Only Nova and Neutron are replaced: heat-plugins/lab_cloud.py. Idempotent; run
# again after `down.sh heat`, it starts Heat with the settings given then.
#   keystone: uwsgi, http://127.0.0.1:$KEYSTONE_PORT/v3   heat: heat-all, http://127.0.0.1:$HEAT_PORT/v1/<project>   (sqlite)
# Environment: OS_LAB (state folder), KEYSTONE_PORT, HEAT_PORT (first time; free ones by default), CONVERGENCE
# (false|true), TOKEN_TTL (seconds), MAX_STACKS, ACTION_RETRY_LIMIT, ERROR_WAIT_TIME, SKIP_APT=1, LAB_CLOUD_NET, LAB_CLOUD_SUSPEND.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
# Debian's own python3 and its modules, whatever else is installed.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
LAB=${OS_LAB:-${TMPDIR:-/tmp}/lab-terminal-openstack}
CONVERGENCE=${CONVERGENCE:-false}
TOKEN_TTL=${TOKEN_TTL:-3600}
MAX_STACKS=${MAX_STACKS:-200}
ADMIN_PW=${ADMIN_PW:-admin-pw}; HEAT_PW=${HEAT_PW:-heat-pw}; DOM_PW=${DOM_PW:-dom-pw}; USER_PW=${USER_PW:-demo-pw}
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ "$(id -u)" = 0 ] || { echo "openstack: needs root" >&2; exit 1; }
t0=$(date +%s.%N); lap(){ local t; t=$(date +%s.%N); printf '%-34s %6.1fs\n' "$1" "$(echo "$t $t0" | awk '{print $1-$2}')"; t0=$t; }

# ---- 1. packages ---------------------------------------------------------------------------------------------
if [ -z "${SKIP_APT:-}" ]; then
  if [ ! -e /usr/bin/heat-all ] || [ ! -e /usr/bin/keystone-manage ] || ! command -v curl >/dev/null || ! command -v openssl >/dev/null || [ ! -e /usr/sbin/sshd ] || ! ls /usr/lib/uwsgi/plugins/python3*_plugin.so >/dev/null 2>&1; then
    had=1; [ -e /usr/sbin/policy-rc.d ] || { had=; printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; }
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends python3-keystone heat-common uwsgi-plugin-python3 openssh-server curl openssl </dev/null >/dev/null
    [ -n "$had" ] || rm -f /usr/sbin/policy-rc.d
  fi
  lap apt
fi

# ---- 2. configuration ------------------------------------------------------------------------------------------
# The ports stay the same for the life of the state folder: the catalogue and Heat's stacks hold them.
mkdir -p "$LAB"
if [ ! -e "$LAB/ports" ]; then
  free(){ python3 -c 'import socket; s = [socket.socket() for _ in range(2)]; [x.bind(("127.0.0.1", 0)) for x in s]; print(*[x.getsockname()[1] for x in s])'; }
  read -r first second < <(free)
  echo "KP=${KEYSTONE_PORT:-$first} HP=${HEAT_PORT:-$second}" > "$LAB/ports"
fi
. "$LAB/ports"
mkdir -p "$LAB"/{log,run,keystone/fernet,keystone/credential,heat/plugins,heat/environment.d}
chmod 700 "$LAB/keystone" "$LAB/keystone/fernet" "$LAB/keystone/credential"
cat > "$LAB/keystone/keystone.conf" <<CONF
[DEFAULT]
log_file = $LAB/log/keystone.log
use_stderr = false
[database]
connection = sqlite:///$LAB/keystone/keystone.db?timeout=30
[token]
provider = fernet
expiration = $TOKEN_TTL
# 0 = a service token does not stretch an expired one: 401 is exact at expiry
allow_expired_window = 0
[fernet_tokens]
key_repository = $LAB/keystone/fernet
[fernet_receipts]
key_repository = $LAB/keystone/fernet
[credential]
key_repository = $LAB/keystone/credential
[identity]
password_hash_rounds = 4
[cache]
# one keystone process and thread only: an in-process cache stays coherent, and oslo.db's deferred BEGIN on sqlite never meets "database is locked"
enabled = true
backend = oslo_cache.dict
CONF
cat > "$LAB/heat/heat.conf" <<CONF
[DEFAULT]
log_file = $LAB/log/heat.log
use_stderr = false
transport_url = fake://
rpc_poll_timeout = 60
rpc_response_timeout = 120
num_engine_workers = 1
convergence_engine = $CONVERGENCE
# default 5: a server that goes to ERROR is deleted and re-created 5 times (with growing delays) before CREATE_FAILED
action_retry_limit = ${ACTION_RETRY_LIMIT:-0}
# default 240: a create that is cancelled by a delete has so many seconds to end by itself
error_wait_time = ${ERROR_WAIT_TIME:-5}
max_stacks_per_tenant = $MAX_STACKS
plugin_dirs = $LAB/heat/plugins
environment_dir = $LAB/heat/environment.d
heat_metadata_server_url = http://127.0.0.1:$HP
heat_waitcondition_server_url = http://127.0.0.1:$HP/v1/waitcondition
auth_encryption_key = 0123456789abcdef0123456789abcdef
deferred_auth_method = trusts
trusts_delegated_roles =
stack_user_domain_name = heat
stack_domain_admin = heat_domain_admin
stack_domain_admin_password = $DOM_PW
region_name_for_services = RegionOne
[heat_all]
enabled_services = api,engine
[heat_api]
bind_host = 127.0.0.1
bind_port = $HP
# 1 = no fork: api and engine stay in one process, which fake:// needs (0 means "one per core" in this release)
workers = 1
[database]
connection = ${HEAT_DB:-sqlite:///$LAB/heat/heat.db?timeout=30}
[paste_deploy]
api_paste_config = /etc/heat/api-paste.ini
[oslo_policy]
policy_dirs = /etc/heat/policy.d
[oslo_messaging_notifications]
driver = noop
[keystone_authtoken]
www_authenticate_uri = http://127.0.0.1:$KP/v3
auth_url = http://127.0.0.1:$KP/v3
auth_type = password
username = heat
password = $HEAT_PW
project_name = service
user_domain_name = Default
project_domain_name = Default
interface = public
token_cache_time = -1
[trustee]
auth_url = http://127.0.0.1:$KP/v3
auth_type = password
username = heat
password = $HEAT_PW
user_domain_name = Default
[clients]
endpoint_type = publicURL
[clients_keystone]
auth_uri = http://127.0.0.1:$KP
[clients_heat]
endpoint_type = publicURL
CONF
[ -e "$LAB/heat/environment.d/default.yaml" ] || cp /etc/heat/environment.d/default.yaml "$LAB/heat/environment.d/"
for f in "$HERE"/heat-plugins/*.py;   do [ -e "$f" ] && cp "$f" "$LAB/heat/plugins/"; done
for f in "$HERE"/heat-plugins/*.yaml; do [ -e "$f" ] && cp "$f" "$LAB/heat/environment.d/"; done

# WAL: without it two processes on one sqlite file give "database is locked" (keystone then answers 500/drops the connection)
wal(){ /usr/bin/python3 -c 'import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute("pragma journal_mode=wal").fetchone()[0])' "$1" >/dev/null; }
alive(){ [ -s "$1" ] && [ -e "/proc/$(cat "$1")/stat" ] && ! grep -q '^[0-9]* ([^)]*) Z' "/proc/$(cat "$1")/stat"; }   # a zombie is not alive
# serve <start> <pid file> <url>: until it answers. Started again where it ended: its port may be held for a moment yet, by
# what was killed before it or by anybody's connection out.
serve(){
  local end=$((SECONDS + 90))
  while [ $SECONDS -lt $end ]; do
    alive "$2" || "$1"
    sleep 0.2
    curl -s -o /dev/null -m 2 "$3" && return 0
  done
  echo "no answer: $3" >&2
  return 1
}

# ---- 3. keystone -------------------------------------------------------------------------------------------------
K="--config-file $LAB/keystone/keystone.conf"
if [ ! -e "$LAB/keystone/.done" ]; then
  # (stderr to a file: eventlet prints a harmless "_removeHandlerRef" traceback at every exit)
  keystone-manage $K db_sync 2>>"$LAB/log/manage.log"
  wal "$LAB/keystone/keystone.db"
  keystone-manage $K fernet_setup --keystone-user root --keystone-group root 2>>"$LAB/log/manage.log"
  keystone-manage $K credential_setup --keystone-user root --keystone-group root 2>>"$LAB/log/manage.log"
  keystone-manage $K bootstrap --bootstrap-username admin --bootstrap-password "$ADMIN_PW" --bootstrap-project-name admin \
     --bootstrap-role-name admin --bootstrap-service-name keystone --bootstrap-region-id RegionOne \
     --bootstrap-public-url http://127.0.0.1:$KP/v3 --bootstrap-internal-url http://127.0.0.1:$KP/v3 --bootstrap-admin-url http://127.0.0.1:$KP/v3 2>>"$LAB/log/manage.log"
  touch "$LAB/keystone/.done"; lap "keystone db_sync+bootstrap"
fi
# "Connection: close": uwsgi's http-socket has no keep-alive and does not say so; without the header pooled clients see ECONNRESET
keystone(){
  OS_KEYSTONE_CONFIG_FILES="$LAB/keystone/keystone.conf" setsid nohup uwsgi --plugin python3 --http-socket 127.0.0.1:$KP \
     --wsgi-file /usr/bin/keystone-wsgi-public --master --die-on-term --processes 1 --threads 1 --enable-threads --lazy-apps --need-app \
     --buffer-size 65535 --post-buffering 65536 --add-header "Connection: close" --disable-logging >>"$LAB/log/keystone-uwsgi.log" 2>&1 </dev/null &
  echo $! > "$LAB/run/keystone.pid"
}
if ! alive "$LAB/run/keystone.pid"; then
  serve keystone "$LAB/run/keystone.pid" http://127.0.0.1:$KP/v3; lap "keystone start"
fi

# ---- 4. catalogue, users, heat's stack domain ----------------------------------------------------------------------
if [ ! -e "$LAB/keystone/.seeded" ]; then
  KP=$KP HP=$HP ADMIN_PW=$ADMIN_PW HEAT_PW=$HEAT_PW DOM_PW=$DOM_PW USER_PW=$USER_PW /usr/bin/python3 - <<'PY'
import os
from keystoneauth1 import session
from keystoneauth1.identity import v3
from keystoneclient.v3 import client
e = os.environ; url = 'http://127.0.0.1:%s/v3' % e['KP']
ks = client.Client(session=session.Session(auth=v3.Password(auth_url=url, username='admin', password=e['ADMIN_PW'],
        project_name='admin', user_domain_id='default', project_domain_id='default')), interface='public')
def first(mgr, name, **kw): return next((x for x in mgr.list(**kw) if x.name == name), None)
def project(n): return first(ks.projects, n, domain='default') or ks.projects.create(n, 'default')
def role(n): return first(ks.roles, n) or ks.roles.create(n)
def user(n, pw, domain='default', **kw): return first(ks.users, n, domain=domain) or ks.users.create(n, domain=domain, password=pw, **kw)
service, demo, other = project('service'), project('demo'), project('other')
admin, member, owner = role('admin'), role('member'), role('heat_stack_owner'); role('heat_stack_user')
heat = user('heat', e['HEAT_PW']); ks.roles.grant(admin, user=heat, project=service)
u = user('demo', e['USER_PW'])
for p in (demo, other):
    for r in (member, owner): ks.roles.grant(r, user=u, project=p)
u2 = user('demo2', e['USER_PW'])
for r in (member, owner): ks.roles.grant(r, user=u2, project=other)
dom = first(ks.domains, 'heat') or ks.domains.create('heat', description='stack users')
da = user('heat_domain_admin', e['DOM_PW'], domain=dom); ks.roles.grant(admin, user=da, domain=dom)
svc = first(ks.services, 'heat') or ks.services.create('heat', 'orchestration')
if not ks.endpoints.list(service=svc):
    for i in ('public', 'internal', 'admin'):
        ks.endpoints.create(svc, 'http://127.0.0.1:%s/v1/%%(tenant_id)s' % e['HP'], interface=i, region='RegionOne')
PY
  touch "$LAB/keystone/.seeded"; lap "keystone seed"
fi

# ---- 5. heat -----------------------------------------------------------------------------------------------------------
if [ ! -e "$LAB/heat/.done" ]; then
  heat-manage --config-file "$LAB/heat/heat.conf" db_sync >>"$LAB/log/manage.log" 2>>"$LAB/log/manage.log"
  [ -e "$LAB/heat/heat.db" ] && wal "$LAB/heat/heat.db"; touch "$LAB/heat/.done"; lap "heat db_sync"
fi
heat(){
  LAB_CLOUD_STATE="$LAB/cloud" setsid nohup heat-all --config-file "$LAB/heat/heat.conf" >>"$LAB/log/heat-stdio.log" 2>&1 </dev/null &
  echo $! > "$LAB/run/heat.pid"
}
if ! alive "$LAB/run/heat.pid"; then
  id labuser >/dev/null 2>&1 || useradd -m -s /bin/bash -p '*' labuser     # the login on every Lab::Server ('*' = key only, not locked)
  mkdir -p "$LAB/cloud" /run/sshd; chmod 755 "$LAB" "$LAB/cloud"
  serve heat "$LAB/run/heat.pid" http://127.0.0.1:$HP/healthcheck; lap "heat start"
fi
# Servers that were up when down.sh ran.
for d in "$LAB"/cloud/servers/*; do
  [ -e "$d/sshd_config" ] && [ ! -e "$d/off" ] && [ ! -e "$d/sshd.pid" ] && /usr/sbin/sshd -f "$d/sshd_config" -E "$d/sshd.log" </dev/null
done || true
cat > "$LAB/clouds.yaml" <<YAML
clouds:
  testbed:
    auth_type: v3password
    auth:
      auth_url: http://127.0.0.1:$KP/v3
      username: demo
      password: $USER_PW
      project_name: demo
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
YAML
echo "keystone http://127.0.0.1:$KP/v3 pid $(cat "$LAB/run/keystone.pid")   heat http://127.0.0.1:$HP/v1 pid $(cat "$LAB/run/heat.pid")"
