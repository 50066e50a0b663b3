"""Heat plug-in for a loop-back test cloud without Nova/Neutron.

Lab::Server  takes what OS::Nova::Server takes; a "server" is a real sshd on its own 127.77.x.y:22 that accepts the
             template's key. create/suspend/resume/delete take as long, and fail, as told. suspend freezes the sshd
             and every process under it (SIGSTOP: memory and open connections are kept, as on a suspended VM); resume thaws them.
             LAB_CLOUD_SUSPEND=kill ends them instead and starts a fresh sshd, same address and host key, as a cold boot would.
             A user_data that begins with #! runs at the first boot as the login's user, as cloud-init would do it: a part of
             the machine like all that carries its LAB_SERVER_ID in the environment; LAB_SERVER_ADDRESS is where to listen.
Lab::KeyPair takes what OS::Nova::KeyPair takes and makes a real RSA key (attributes public_key, private_key).
Lab::Port, Lab::FloatingIP: address book-keeping (floating address of port 127.77.a.b is 127.78.a.b; sshd listens on both).

Knobs, per action create|suspend|resume|update|delete, later wins:
  1. server metadata: lab_<action>_secs, lab_<action>_fail
  2. $LAB_CLOUD_STATE/knobs.json, read at every action, its secs until the action ends: {"*"|"<stack name>": {"suspend": {"secs": 3, "fail": "No valid host"}}}
"""
import copy, json, os, pwd, re, shutil, signal, socket, subprocess, time, uuid

import eventlet

from heat.common import exception
from heat.engine import attributes, constraints, properties, resource
from heat.engine.resources.openstack.neutron import floatingip as n_fip
from heat.engine.resources.openstack.neutron import port as n_port
from heat.engine.resources.openstack.nova import keypair as n_key
from heat.engine.resources.openstack.nova import server as n_server

STATE = os.environ.get('LAB_CLOUD_STATE', os.path.join(os.environ.get('TMPDIR', '/tmp'), 'lab-cloud'))
SSH_USER = os.environ.get('LAB_CLOUD_USER', 'labuser')
NET = int(os.environ.get('LAB_CLOUD_NET', '77'))      # fixed addresses 127.NET.x.y, floating 127.(NET+1).x.y; one NET per lab on a machine
SSH_PORT = int(os.environ.get('LAB_CLOUD_SSH_PORT', '22'))
FREEZE = os.environ.get('LAB_CLOUD_SUSPEND', 'freeze') == 'freeze'

# thaw <folder of the server> <due, as its file says> <seconds until then>: unless another action came in between.
THAW = '''
thaw() { kill -CONT "$1"; for child in $(cat "/proc/$1/task/"*/children); do thaw "$child"; done; }
sleep "$3"
[ "$(cat "$1/resuming")" = "$2" ] || exit 0
thaw "$(cat "$1/sshd.pid")"
[ ! -e "$1/user-data" ] || for environ in $(grep -lsz "^LAB_SERVER_ID=$(basename "$1")" /proc/[0-9]*/environ); do kill -CONT "$(echo "$environ" | cut -d/ -f3)"; done
'''


def _loose_one(sch):
    sch = copy.copy(sch)
    sch.constraints = [c for c in sch.constraints if not isinstance(c, constraints.CustomConstraint)]
    if isinstance(sch.schema, constraints.AnyIndexDict):
        sch.schema = constraints.AnyIndexDict(_loose_one(sch.schema.value))
    elif sch.schema:
        sch.schema = _loose(sch.schema)
    return sch


def _loose(schema_map):
    """The real resource's properties, less the checks that would call Nova, Neutron or Glance."""
    return {name: _loose_one(sch) for name, sch in schema_map.items()}


def _path(*parts):
    p = os.path.join(STATE, *parts)
    d = os.path.dirname(p)
    if not os.path.isdir(d):
        os.makedirs(d, exist_ok=True)
        while d.startswith(STATE):        # the engine runs with umask 027; sshd reads authorized_keys as the login user
            os.chmod(d, 0o755)
            d = os.path.dirname(d)
    return p


def _alloc(owner):
    """A free 127.77.a.b (b in 2..253), held by an exclusive file with its owner's id."""
    for n in range(2, 254 * 250):
        ip = '127.%d.%d.%d' % (NET, n // 252, n % 252 + 2)
        try:
            fd = os.open(_path('ips', ip), os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            os.write(fd, owner.encode())
            os.close(fd)
            if _is_free(ip):
                return ip
            os.unlink(_path('ips', ip))       # a machine that started while it was deleted
        except FileExistsError:
            pass
    raise exception.Error('No more IP addresses available on network lab.')


def _is_free(ip):
    try:
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((ip, SSH_PORT))
        return True
    except OSError:
        return False


def _release(ip, owner):
    """A delete that Heat begins once more, having died in the first one, must not free what is another's by now."""
    try:
        with open(_path('ips', ip)) as f:
            if f.read() != owner:
                return
        os.unlink(_path('ips', ip))
    except OSError:
        pass


def _fip(ip):
    return ip.replace('127.%d.' % NET, '127.%d.' % (NET + 1), 1)


class _Timed(resource.Resource):
    default_client_name = None
    required_service_extension = None

    def validate(self):
        return resource.Resource.validate(self)

    def translation_rules(self, props):
        return []

    def needs_replace_failed(self):
        return False

    def _knob(self, action):
        secs, fail = 0.0, None
        try:
            md = self.properties.get('metadata') or {}
        except Exception:
            md = {}
        secs = float(md.get('lab_%s_secs' % action, 0) or 0)
        fail = md.get('lab_%s_fail' % action) or None
        try:
            with open(os.path.join(STATE, 'knobs.json')) as f:
                k = json.load(f)
        except (OSError, ValueError):
            k = {}
        for key in ('*', self.stack.name):
            d = (k.get(key) or {}).get(action) or {}
            secs = float(d.get('secs', secs)); fail = d.get('fail', fail)
        return secs, fail

    def _begin(self, action):
        return [action, time.time(), self._knob(action)[1]]

    def _due(self, cookie):
        """The knob is read anew: a test can hold an action, and let it go."""
        return cookie[1] + self._knob(cookie[0])[0]

    def _ripe(self, cookie):
        if time.time() < self._due(cookie):
            return False
        if cookie[2]:
            raise exception.ResourceInError(resource_status='ERROR', status_reason=cookie[2])
        return True


class KeyPair(_Timed, n_key.KeyPair):
    properties_schema = _loose(n_key.KeyPair.properties_schema)

    def handle_create(self):
        pub = self.properties[self.PUBLIC_KEY]
        name = self.properties[self.NAME]
        f = _path('keys', name)
        if os.path.exists(f + '.pub'):
            raise exception.Error("Key pair '%s' already exists. (HTTP 409)" % name)
        if not pub:
            subprocess.run(['ssh-keygen', '-q', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', '', '-C', 'Generated-by-Nova', '-f', f],
                           check=True, stdin=subprocess.DEVNULL)
            with open(f) as g:
                priv = g.read()
            os.unlink(f)
            with open(f + '.pub') as g:
                pub = g.read().strip()
            if self.properties[self.SAVE_PRIVATE_KEY]:
                self.data_set('private_key', priv, True)
        else:
            with open(f + '.pub', 'w') as g:
                g.write(pub.strip() + '\n')
        self.data_set('public_key', pub)
        self.resource_id_set(name)

    @property
    def public_key(self):
        return self.data().get('public_key', '')

    def handle_delete(self):
        if self.resource_id:
            try:
                os.unlink(_path('keys', self.resource_id + '.pub'))
            except OSError:
                pass

    def handle_check(self):
        pass


class Port(_Timed):
    properties_schema = _loose(n_port.Port.properties_schema)
    attributes_schema = n_port.Port.attributes_schema

    def handle_create(self):
        pid = str(uuid.uuid4())
        ip = _alloc(pid)
        with open(_path('ports', pid), 'w') as f:
            f.write(ip)
        self.data_set('ip', ip)
        self.resource_id_set(pid)

    def handle_delete(self):
        if self.resource_id:
            _release(self.data().get('ip', ''), self.resource_id)
            try:
                os.unlink(_path('ports', self.resource_id))
            except OSError:
                pass

    def _resolve_attribute(self, name):
        if name == 'fixed_ips':
            return [{'subnet_id': 'lab', 'ip_address': self.data().get('ip')}]
        return {'status': 'ACTIVE', 'mac_address': 'fa:16:3e:00:00:01', 'admin_state_up': True}.get(name)


class FloatingIP(_Timed):
    properties_schema = _loose(n_fip.FloatingIP.properties_schema)
    attributes_schema = n_fip.FloatingIP.attributes_schema

    def handle_create(self):
        pid = self.properties.get('port_id')
        with open(_path('ports', pid or '-')) as f:      # needs port_id
            ip = f.read()
        self.data_set('ip', _fip(ip))
        self.data_set('port', pid)
        self.resource_id_set(str(uuid.uuid4()))

    def handle_delete(self):
        pass

    def _resolve_attribute(self, name):
        return {'floating_ip_address': self.data().get('ip'), 'port_id': self.data().get('port')}.get(name)


class Server(_Timed):
    properties_schema = _loose(n_server.Server.properties_schema)
    attributes_schema = {k: attributes.Schema(v.description, cache_mode=attributes.Schema.CACHE_NONE)
                         for k, v in n_server.Server.attributes_schema.items()}

    # --- the sshd that is the machine
    def _dir(self):
        return _path('servers', self.resource_id, '')

    def _start(self):
        d = self._dir()
        self._stop()
        if os.path.exists(d + 'off'):
            os.unlink(d + 'off')
        self._await_address()
        subprocess.run(['/usr/sbin/sshd', '-f', d + 'sshd_config', '-E', d + 'sshd.log'], check=True, stdin=subprocess.DEVNULL)
        for _ in range(100):                       # sshd forks before it binds: only its pid file says that it listens
            if os.path.exists(d + 'sshd.pid'):
                return
            eventlet.sleep(0.05)
        raise exception.Error('sshd did not start: ' + open(d + 'sshd.log').read()[-300:])

    def _await_address(self):
        """A machine that was killed keeps its address until the kernel is done with it; sshd asks once only."""
        for _ in range(600):
            if _is_free(self.data().get('ip')):
                return
            eventlet.sleep(0.05)

    def _listener(self):
        """By its command line: one whose Heat died while it started, or that starts yet, is in no pid file."""
        config = (self._dir() + 'sshd_config').encode()
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open('/proc/%s/cmdline' % pid, 'rb') as f:
                    line = f.read()
                if config in line and not re.search(rb'[\0 ]-R[\0 ]', line):     # -R: a session of it that starts
                    return int(pid)
            except OSError:
                pass

    def _signal(self, sig):
        """Signals the listener, every process under it and what was begun at boot; False where the machine is not there."""
        pid = self._listener()
        for other in self._begun_at_boot():
            try:
                os.kill(other, sig)
            except OSError:
                pass
        if pid is None:
            return False
        todo, kids = [pid], []                    # the listener, then every session under it
        while todo:
            p = todo.pop(); kids.append(p)
            try:
                for t in os.listdir('/proc/%d/task' % p):
                    with open('/proc/%d/task/%s/children' % (p, t)) as f:
                        todo += [int(x) for x in f.read().split()]
            except OSError:
                pass
        for p in kids:
            try:
                os.kill(p, sig)
            except OSError:
                pass
        return True

    def _boot(self):
        """The part of cloud-init that there is: a script, once, as the user of the login."""
        script = self.properties['user_data'] or ''
        if not script.startswith('#!'):
            return
        d = self._dir()
        with open(d + 'user-data', 'w') as f:
            f.write(script)
        os.chmod(d + 'user-data', 0o755)
        who = pwd.getpwnam(SSH_USER)
        env = {'HOME': d + 'home', 'USER': SSH_USER, 'PATH': '/usr/local/bin:/usr/bin:/bin', 'LC_ALL': 'C.UTF-8',
               'LAB_SERVER_ID': self.resource_id, 'LAB_SERVER_ADDRESS': self.data().get('ip')}
        with open(d + 'console.log', 'ab') as log:
            subprocess.Popen(['/usr/bin/setpriv', '--reuid', str(who.pw_uid), '--regid', str(who.pw_gid), '--init-groups', d + 'user-data'],
                             cwd=d + 'home', env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def _begun_at_boot(self):
        """Whoever their parents are by now: the machine's mark is in their environment."""
        if not os.path.exists(self._dir() + 'user-data'):
            return
        mark = ('LAB_SERVER_ID=' + self.resource_id).encode()
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open('/proc/%s/environ' % pid, 'rb') as f:
                    if mark in f.read().split(b'\0'):
                        yield int(pid)
            except OSError:
                pass

    def _stop(self):
        self._signal(signal.SIGKILL)
        try:
            os.unlink(self._dir() + 'sshd.pid')
        except OSError:
            pass

    # --- create
    def handle_create(self):
        self.resource_id_set(str(uuid.uuid4()))
        return self._begin('create')

    def check_create_complete(self, cookie):
        if not self._ripe(cookie):
            return False
        ip = None
        for n in self.properties['networks'] or []:
            if n.get('port'):
                with open(_path('ports', n['port'])) as f:
                    ip = f.read()
        if not ip:
            ip = _alloc(self.resource_id); self.data_set('own_ip', ip)
        self.data_set('ip', ip)
        d = self._dir()
        os.makedirs('/run/sshd', mode=0o755, exist_ok=True)
        for kind in ('ed25519', 'rsa'):       # rsa: an old guacd (1.3, libssh2 1.9) speaks nothing newer
            subprocess.run(['ssh-keygen', '-q', '-t', kind, '-N', '', '-f', d + 'host_key_' + kind], check=True, stdin=subprocess.DEVNULL)
        key = self.properties['key_name']
        pub = ''
        if key:
            try:
                with open(_path('keys', key + '.pub')) as f:
                    pub = f.read()
            except OSError:
                raise exception.Error('Invalid key_name provided. (HTTP 400)')
        with open(d + 'authorized_keys', 'w') as f:
            f.write(pub)
        os.chmod(d + 'authorized_keys', 0o644)
        self._make_disk(d)
        with open(d + 'sshd_config', 'w') as f:
            f.write('\n'.join([
                'Port %d' % SSH_PORT, 'ListenAddress %s' % ip, 'ListenAddress %s' % _fip(ip),
                'HostKey %shost_key_ed25519' % d, 'HostKey %shost_key_rsa' % d,
                'HostKeyAlgorithms +ssh-rsa', 'PubkeyAcceptedAlgorithms +ssh-rsa', 'PidFile %ssshd.pid' % d, 'AuthorizedKeysFile %sauthorized_keys' % d,
                'StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no',
                'AllowUsers %s' % SSH_USER, 'PermitRootLogin no', 'X11Forwarding no', 'UseDNS no',
                'Subsystem sftp /usr/lib/openssh/sftp-server', 'ForceCommand %slogin' % d, 'SetEnv LAB_SERVER_ID=%s LAB_SERVER_NAME=%s' % (self.resource_id, self._name()), '']))
        self._start()
        self._boot()
        return True

    def _make_disk(self, d):
        """A home of its own, which outlives every suspend and goes with the server."""
        home = d + 'home'
        os.makedirs(home, exist_ok=True)
        shutil.chown(home, SSH_USER)
        with open(d + 'login', 'w') as f:
            f.write("""#!/bin/sh
export HOME=%s
cd || exit 1
case $SSH_ORIGINAL_COMMAND in
  '') exec bash -l ;;
  */sftp-server*) exec $SSH_ORIGINAL_COMMAND ;;
  *) exec bash -c "$SSH_ORIGINAL_COMMAND" ;;
esac
""" % home)
        os.chmod(d + 'login', 0o755)

    # --- suspend, resume, delete
    def handle_suspend(self):
        self._nova_status()
        return self._begin('suspend')

    def check_suspend_complete(self, cookie):
        if not self._ripe(cookie):
            return False
        if not (FREEZE and self._signal(signal.SIGSTOP)):
            self._stop()
        open(self._dir() + 'off', 'w').close()      # up.sh does not start this one again
        if os.path.exists(self._dir() + 'resuming'):
            os.unlink(self._dir() + 'resuming')
        return True

    # Nova goes on with a resume though Heat died in the middle of it: a process of its own thaws the machine, and from
    # this file whoever looks next ends the rest.
    def handle_resume(self):
        cookie = self._begin('resume')
        if not cookie[2]:
            due = self._due(cookie)
            with open(self._dir() + 'resuming', 'w') as f:
                f.write(str(due))
            if FREEZE and due > time.time():
                subprocess.Popen(['/bin/sh', '-c', THAW, 'thaw', self._dir(), str(due), '%f' % (due - time.time())],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 start_new_session=True)
        return cookie

    def _nova_status(self):
        try:
            with open(self._dir() + 'resuming') as f:
                due = float(f.read())
        except (OSError, ValueError):
            due = None
        if due is not None and due <= time.time():
            self._wake()
        return 'SUSPENDED' if os.path.exists(self._dir() + 'off') else 'ACTIVE'

    def _wake(self):
        if os.path.exists(self._dir() + 'resuming'):
            os.unlink(self._dir() + 'resuming')
        if not os.path.exists(self._dir() + 'off'):
            return
        if FREEZE and self._signal(signal.SIGCONT):
            os.unlink(self._dir() + 'off')
        else:
            self._start()

    def check_resume_complete(self, cookie):
        if not self._ripe(cookie):
            return False
        self._wake()
        return True

    def handle_check(self):
        self._verify_check_conditions([{'attr': 'status', 'expected': 'ACTIVE', 'current': self._nova_status()}])

    def handle_delete(self):
        return self._begin('delete') if self.resource_id else None

    def check_delete_complete(self, cookie):
        if cookie is None:
            return True
        if not self._ripe(cookie):
            return False
        self._stop()
        _release(self.data().get('own_ip', ''), self.resource_id)
        shutil.rmtree(self._dir(), ignore_errors=True)
        return True

    def handle_update(self, json_snippet, tmpl_diff, prop_diff):
        return self._begin('update')

    def check_update_complete(self, cookie):
        return self._ripe(cookie)

    # --- attributes
    def _name(self):
        return self.properties['name'] or self.physical_resource_name()

    def _resolve_attribute(self, name):
        ip = self.data().get('ip')
        if name == 'first_address' or name == 'accessIPv4':
            return ip
        if name == 'networks':
            return {'lab': [ip, _fip(ip)] if ip else []}
        if name == 'addresses':
            return {'lab': [{'version': 4, 'addr': ip, 'OS-EXT-IPS:type': 'fixed', 'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:00:00:01', 'port': None}]}
        if name == 'name':
            return self._name()
        if name == 'instance_name':
            return 'instance-' + (self.resource_id or '')[:8]
        if name == 'show':
            return {'id': self.resource_id, 'name': self._name(), 'status': 'SUSPENDED' if self.action == 'SUSPEND' else 'ACTIVE'}
        return None


def resource_mapping():
    return {'Lab::Server': Server, 'Lab::KeyPair': KeyPair, 'Lab::Port': Port, 'Lab::FloatingIP': FloatingIP}
