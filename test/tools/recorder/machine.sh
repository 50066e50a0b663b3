#!/bin/sh
# A machine named `lab` for the programs that are recorded: own host name, processes, /home and /tmp, and a user `learner`,
# so that nothing of the machine that records is in a recording. Run as root: unshare -m -u -p -f --mount-proc machine.sh COMMAND
set -eu
hostname lab
mount --make-rprivate /
mount -t tmpfs none /home
mount -t tmpfs none /tmp
chmod 1777 /tmp
mkdir /home/learner
printf 'root:x:0:0::/root:/bin/sh\nlearner:x:1000:1000:Learner:/home/learner:/bin/bash\n' >/tmp/passwd
printf 'root:x:0:\nlearner:x:1000:\ntty:x:5:\nutmp:x:43:\n' >/tmp/group
mount --bind /tmp/passwd /etc/passwd
mount --bind /tmp/group /etc/group
mkdir -p /run/screen && mount -t tmpfs none /run/screen && chmod 1777 /run/screen
cd /home/learner
. "$(dirname "$0")/home.sh"
chown -R 1000:1000 /home/learner
exec setpriv --reuid 1000 --regid 1000 --clear-groups env -i HOME=/home/learner USER=learner LOGNAME=learner SHELL=/bin/bash \
  TERM=xterm-256color LANG=C.UTF-8 TZ=UTC COLORTERM=truecolor PAGER=less MANPAGER=less PATH=/usr/local/bin:/usr/bin:/bin:/usr/games:/usr/sbin:/sbin \
  bash --noprofile --norc -c "$1"
