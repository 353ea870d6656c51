#!/bin/sh
# Kills a node's containers when its JVM died and no successor claimed the node in time.
# Arguments: the owner file, the token of the JVM that started this guard, the window in tenths of
# a second, then the node's cgroup directories. Descriptor 3 is a pipe whose other end that JVM holds.
owner=$1
token=$2
window=$3
shift 3

while read -r _; do :; done <&3 # until the JVM has died
exec 3<&-

is_unclaimed() { [ "$(cat "$owner" 2>/dev/null)" = "$token" ]; }

processes() {
  for cgroup in "$@"; do
    find "$cgroup" -name cgroup.procs -exec cat {} + 2>/dev/null
  done
}

kill_all() {
  for cgroup in "$@"; do
    if [ -e "$cgroup/cgroup.kill" ]; then
      echo 1 2>/dev/null >"$cgroup/cgroup.kill"
    fi
    find "$cgroup" -name freezer.state 2>/dev/null | while read -r state; do
      echo THAWED 2>/dev/null >"$state"
    done
  done
  for pid in $(processes "$@"); do
    kill -9 "$pid" 2>/dev/null
  done
}

waited=0
while [ "$waited" -lt "$window" ]; do
  is_unclaimed || exit 0
  [ -n "$(processes "$@")" ] || exit 0
  if [ "$window" -gt 100 ]; then step=10 pause=1; else step=1 pause=0.1; fi
  sleep "$pause"
  waited=$((waited + step))
done

passes=0
while [ "$passes" -lt 100 ] && is_unclaimed && [ -n "$(processes "$@")" ]; do
  kill_all "$@"
  sleep 0.1
  passes=$((passes + 1))
done
