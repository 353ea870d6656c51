#!/bin/sh
# Kills a node's containers when its JVM died and no successor claimed the node in time, or when its JVM has been
# frozen (SIGSTOP, a frozen cgroup) for as long: the cluster has replaced its pods by then.
# Arguments: the owner file, the token of the JVM that started this guard, the window in tenths of
# a second, then the node's cgroup directories; without cgroups, a directory with the containers' notes. Descriptor 3 is a pipe whose other end that JVM holds.
owner=$1
token=$2
window=$3
shift 3

# A successor writes its token over the one before; a file that is gone, with the node's whole directory, is nobody's.
# It is read first: a look whether it is there would be out of date when it is read.
is_unclaimed() {
  if holder=$(cat "$owner" 2>/dev/null); then [ "$holder" = "$token" ]; else [ ! -e "$owner" ]; fi
}

# A process of a note, if it still is the one that was noted: a pid alone may be another's by now.
noted() {
  pid=$(sed -n 's/.*"pid":\([0-9]*\),"startTicks":\([0-9]*\).*/\1/p' "$1" 2>/dev/null)
  ticks=$(sed -n 's/.*"pid":\([0-9]*\),"startTicks":\([0-9]*\).*/\2/p' "$1" 2>/dev/null)
  [ "${pid:-0}" != 0 ] || return 0
  # shellcheck disable=SC2046
  set -- $(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null)
  [ "${20:-}" != "$ticks" ] || [ "$1" = Z ] || echo "$pid"
}

processes() {
  for cgroup in "$@"; do
    case $cgroup in
      */pods)
        find "$cgroup" -name container.json -o -name sandbox.json 2>/dev/null | while read -r note; do
          noted "$note"
        done
        ;;
      *) find "$cgroup" -name cgroup.procs -exec cat {} + 2>/dev/null ;;
    esac
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

# A JVM that is stopped says so; one that is frozen otherwise uses no time at all, while a living one always does, if
# only for its timers, in 12 s surely. Fields of /proc/PID/stat (proc_pid_stat(5)).
look_at() {
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  state=$1 used=$((${12} + ${13}))
}

watch_frozen() {
  jvm=$1 stopped=0 still=0 before=-1
  shift
  while sleep "$look" && [ -d "/proc/$$" ] && look_at "$jvm"; do
    if [ "$state" = T ]; then stopped=$((stopped + look * 10)); else stopped=0; fi
    if [ "$used" = "$before" ]; then still=$((still + look * 10)); else still=0; fi
    before=$used
    if [ "$stopped" -ge "$window" ] || { [ "$still" -ge 120 ] && [ "$still" -ge "$window" ]; }; then
      is_unclaimed && kill_all "$@"
    fi
  done
}

look=$(((window + 49) / 50))
[ "$look" -le 3 ] || look=3
watch_frozen "$PPID" "$@" 3<&- &
watcher=$!
trap 'kill "$watcher" 2>/dev/null' EXIT

while read -r _; do :; done <&3 # until the JVM has died
exec 3<&-
kill "$watcher" 2>/dev/null

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
