#!/usr/bin/env bash
# Stops what up.sh started, by recorded pid. `down.sh heat` or `down.sh keystone`: that one alone; `--kill` before it:
# with SIGKILL. `--wipe`: all, and the state folder as well.
LAB=${OS_LAB:-${TMPDIR:-/tmp}/lab-terminal-openstack}
signal=TERM wipe= only=
for word in "$@"; do
  case $word in --kill) signal=KILL ;; --wipe) wipe=1 ;; *) only=$word ;; esac
done

# PID 1 of a container may reap late: a zombie is gone.
alive(){ [ -e "/proc/$1/stat" ] && ! grep -q '^[0-9]* ([^)]*) Z' "/proc/$1/stat"; }

for file in "$LAB"/run/${only:-*}.pid; do
  [ -s "$file" ] || continue
  pid=$(cat "$file")
  # Its own children with it: uwsgi's workers.
  kill -"$signal" -- -"$pid" 2>/dev/null || kill -"$signal" "$pid" 2>/dev/null
  for _ in $(seq 1 100); do alive "$pid" || break; sleep 0.1; done
  alive "$pid" && kill -KILL "$pid" 2>/dev/null
  rm -f "$file"
done
[ -z "$only" ] || exit 0

# The servers. A suspended one is frozen: it must go on to end.
for script in "$LAB"/cloud/servers/*/user-data; do
  [ -e "$script" ] || continue
  for environ in $(grep -lsz "^LAB_SERVER_ID=$(basename "$(dirname "$script")")" /proc/[0-9]*/environ); do
    kill -KILL "$(echo "$environ" | cut -d/ -f3)" 2>/dev/null
  done
done
for file in "$LAB"/cloud/servers/*/sshd.pid; do
  [ -s "$file" ] || continue
  pid=$(cat "$file")
  if grep -qa "$(basename "$(dirname "$file")")" "/proc/$pid/cmdline" 2>/dev/null; then kill -TERM "$pid"; kill -CONT "$pid"; fi
  rm -f "$file"
done
[ -z "$wipe" ] || rm -rf "$LAB"
exit 0
