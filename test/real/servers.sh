#!/usr/bin/env bash
# Real lab hosts for tests on Debian 12, loopback only, no systemd: sshd :2222 (also takes ssh-rsa, for an old guacd) and
# :2223 (OpenSSH defaults), Xtigervnc :5901 with a small X session, xrdp :3389 (login) over Xtigervnc, telnetd :2323. Needs root. Idempotent.
#   usage: servers.sh [up|down]       env: LAB_HOSTS (state folder), SKIP_APT=1
# Login: guactest / Throw4way!   VNC password: vncpass1   user keys: $LAB_HOSTS/keys/{rsa_pem,ecdsa,ed25519}
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
S=${LAB_HOSTS:-${TMPDIR:-/tmp}/lab-hosts}
alive() { local p; [ -s "$1" ] && p=$(cat "$1") && grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$p/status"; }   # a zombie is not alive
bg() { local n=$1; shift; alive "$S/$n.pid" && { echo "$n already $(cat "$S/$n.pid")"; return; }
       setsid "$@" </dev/null >>"$S/$n.out" 2>&1 & echo $! > "$S/$n.pid"; echo "$n $!"; }

down() { local f; for f in "$S"/*.pid; do [ -s "$f" ] && alive "$f" && { kill -- "-$(cat "$f")" 2>/dev/null || kill "$(cat "$f")"; }; rm -f "$f"; done; }
[ "${1:-up}" = down ] && { down; exit 0; }

if [ -z "${SKIP_APT:-}" ] && ! { [ -x /usr/sbin/sshd ] && [ -x /usr/sbin/xrdp ] && [ -x /usr/bin/Xtigervnc ] && [ -x /usr/bin/openbox ] && [ -x /usr/bin/xterm ] && [ -x /usr/bin/xdotool ] && [ -x /usr/bin/fusermount ]; }; then
  had=1; [ -e /usr/sbin/policy-rc.d ] || { had=; printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; }
  apt-get -o DPkg::Lock::Timeout=900 update -qq
  apt-get -o DPkg::Lock::Timeout=900 install -y -qq --no-install-recommends openssh-server xrdp xorgxrdp tigervnc-standalone-server tigervnc-tools \
    xterm openbox x11-xserver-utils xauth dbus-x11 fonts-dejavu-core openssl xdotool fuse </dev/null >"${TMPDIR:-/tmp}/lab-hosts-apt.log" 2>&1
  [ -n "$had" ] || rm -f /usr/sbin/policy-rc.d
fi
mkdir -p "$S"/{ssh,keys,vnc,xrdp} /run/sshd /var/run/xrdp; chmod 755 "$S" "$S"/{ssh,keys,vnc,xrdp}
id guactest >/dev/null 2>&1 || { useradd -m -s /bin/bash guactest; echo 'guactest:Throw4way!' | chpasswd; }

# keys of the login, in the formats that guacd and ssh2 take; host keys
[ -e "$S/keys/rsa_pem" ] || { ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f "$S/keys/rsa_pem"; ssh-keygen -q -t ecdsa -N '' -f "$S/keys/ecdsa"
  ssh-keygen -q -t ed25519 -N '' -f "$S/keys/ed25519"; }
install -d -o guactest -g guactest -m 700 /home/guactest/.ssh
cat "$S"/keys/*.pub > /home/guactest/.ssh/authorized_keys; chown guactest: /home/guactest/.ssh/authorized_keys; chmod 600 /home/guactest/.ssh/authorized_keys
for t in rsa ecdsa ed25519; do [ -e "$S/ssh/host_$t" ] || ssh-keygen -q -t $t -N '' -f "$S/ssh/host_$t"; done
sshd_config() { cat > "$S/ssh/$1.conf" <<CONF
ListenAddress 127.0.0.1
Port $2
PidFile none
HostKey $S/ssh/host_rsa
HostKey $S/ssh/host_ecdsa
HostKey $S/ssh/host_ed25519
UsePAM no
PasswordAuthentication yes
KbdInteractiveAuthentication yes
PermitRootLogin no
AllowUsers guactest
PrintMotd no
UseDNS no
MaxStartups 100:30:200
MaxSessions 100
Subsystem sftp internal-sftp
AcceptEnv LANG LC_* TZ
$3
CONF
}
sshd_config sshd 2222 $'HostKeyAlgorithms +ssh-rsa\nPubkeyAcceptedAlgorithms +ssh-rsa'
sshd_config sshd2 2223 ''
bg sshd /usr/sbin/sshd -D -f "$S/ssh/sshd.conf" -E "$S/ssh/sshd.log"
bg sshd2 /usr/sbin/sshd -D -f "$S/ssh/sshd2.conf" -E "$S/ssh/sshd2.log"

# busybox's telnetd: Debian has it in its static package only, which would drive out the other one, so it is unpacked here.
# It runs as the login's user, which cannot ask the system whose password it is. It takes a window's size that comes in two
# segments for typed text ("d(" is 100 by 40): guacd tells it so at once, before a person types, and that is dropped.
[ -x "$S/telnet/bin/busybox" ] || { mkdir -p "$S/telnet"
  get() { apt-get -q -o DPkg::Lock::Timeout=900 download busybox-static >/dev/null 2>&1; }
  (cd "$S/telnet" && { get || { apt-get -o DPkg::Lock::Timeout=900 update -qq && get; } } && dpkg-deb -x busybox-static_*.deb .); }
cat > "$S/telnet-login.sh" <<'LOGIN'
#!/bin/bash
while read -rsn1 -t 0.5; do :; done
printf 'login: '; read -r name
stty -echo; printf 'Password: '; read -r password; stty echo; echo
[ "$name/$password" = 'guactest/Throw4way!' ] || { echo 'Login incorrect'; exit 1; }
cd /home/guactest && date > .telnet-login && exec env HOME=/home/guactest USER=guactest bash --norc
LOGIN
chmod 755 "$S/telnet-login.sh"
bg telnetd setpriv --reuid=guactest --regid=guactest --init-groups "$S/telnet/bin/busybox" telnetd -F -b 127.0.0.1:2323 -l "$S/telnet-login.sh"

# a small X session: openbox needs a moment before xterm, or the first keys are lost
printf '#!/bin/sh\nxsetroot -solid "#204060" 2>/dev/null\nopenbox & sleep 1\nexec xterm -fa "DejaVu Sans Mono" -fs 11 -geometry 90x30+20+20 -e bash --norc\n' > "$S/desk.sh"; chmod 755 "$S/desk.sh"
[ -e "$S/vnc/passwd" ] || printf 'vncpass1\n' | tigervncpasswd -f > "$S/vnc/passwd"
# all who ask come from one address: wrong passwords, and looks whether it answers, must not shut the others out
bg vnc Xtigervnc :1 -geometry 1024x768 -depth 24 -rfbport 5901 -localhost=1 -SecurityTypes VncAuth -PasswordFile "$S/vnc/passwd" -AlwaysShared -BlacklistThreshold 1000000 -nolisten tcp -AcceptSetDesktopSize=1
for _ in $(seq 50); do [ -S /tmp/.X11-unix/X1 ] && break; sleep 0.1; done
alive "$S/desk.pid" || { cd /home/guactest; DISPLAY=:1 HOME=/home/guactest setsid setpriv --reuid=guactest --regid=guactest --init-groups "$S/desk.sh" </dev/null >>"$S/desk.out" 2>&1 & echo $! > "$S/desk.pid"; echo "desk $!"; }

# xrdp: log in with guacd's security=any ignore-cert=true
[ -e "$S/xrdp/key.pem" ] || { openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=xrdp -keyout "$S/xrdp/key.pem" -out "$S/xrdp/cert.pem" 2>/dev/null; chmod 644 "$S/xrdp/key.pem"; }
cat > "$S/xrdp/xrdp.ini" <<CONF
[Globals]
ini_version=1
fork=true
port=tcp://127.0.0.1:3389
tcp_nodelay=true
tcp_keepalive=true
security_layer=negotiate
crypt_level=high
certificate=$S/xrdp/cert.pem
key_file=$S/xrdp/key.pem
ssl_protocols=TLSv1.2, TLSv1.3
autorun=login
allow_channels=true
bitmap_cache=true
bitmap_compression=true
bulk_compression=true
max_bpp=32
new_cursors=true
use_fastpath=both
[Logging]
LogFile=$S/xrdp/xrdp.log
LogLevel=INFO
EnableSyslog=false
[LoggingPerLogger]
[Channels]
rdpdr=true
rdpsnd=true
drdynvc=true
cliprdr=true
rail=true
[login]
name=login
lib=libvnc.so
username=ask
password=ask
ip=127.0.0.1
port=-1
CONF
cat > "$S/xrdp/sesman.ini" <<CONF
[Globals]
ListenAddress=127.0.0.1
ListenPort=3350
EnableUserWindowManager=false
UserWindowManager=startwm.sh
DefaultWindowManager=$S/desk.sh
ReconnectScript=/bin/true
[Security]
AllowRootLogin=false
MaxLoginRetry=4
AlwaysGroupCheck=false
RestrictOutboundClipboard=none
RestrictInboundClipboard=none
[Sessions]
X11DisplayOffset=10
MaxSessions=20
KillDisconnected=true
DisconnectedTimeLimit=0
IdleTimeLimit=0
Policy=Default
[Logging]
LogFile=$S/xrdp/sesman.log
LogLevel=INFO
EnableSyslog=false
[LoggingPerLogger]
[Xvnc]
param=Xtigervnc
param=-bs
param=-nolisten
param=tcp
param=-localhost
param=-dpi
param=96
[Chansrv]
FuseMountName=thinclient_drives
FileUmask=077
[ChansrvLogging]
LogLevel=INFO
EnableSyslog=false
[ChansrvLoggingPerLogger]
[SessionVariables]
CONF
alive "$S/xrdp.pid" || rm -f /var/run/xrdp/*.pid
bg sesman xrdp-sesman --nodaemon --config "$S/xrdp/sesman.ini"
bg xrdp xrdp --nodaemon --config "$S/xrdp/xrdp.ini"
