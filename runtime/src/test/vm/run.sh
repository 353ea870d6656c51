#!/usr/bin/env bash
# Boots a Linux with cgroup v2 alone in a machine that qemu emulates (no KVM needed) and runs kernel tests in it.
# Arguments: test classes; without any the ones about cgroups. ./dev vm-cgroup2 calls it.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(cd "$here/../../../.." && pwd)
vm=$root/target/vm
memory=2048
bound=1500 # seconds; the emulated processors are some twenty times slower

fail() { echo "vm-cgroup2: $*" >&2; exit 1; }

for program in qemu-system-x86_64 busybox cpio jlink dpkg-deb; do
  command -v "$program" >/dev/null || fail "$program is missing (Debian: qemu-system-x86 busybox-static cpio and a JDK)"
done

# Debian's kernel for virtual machines, unpacked, never installed.
kernel() {
  [ -e "$vm/kernel/done" ] && return
  rm -rf "$vm/kernel"
  mkdir -p "$vm/kernel"
  (
    cd "$vm/kernel"
    package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-/ { print $2; exit }')
    [ -n "$package" ] || fail 'no package linux-image-cloud-amd64: run apt-get update'
    apt-get download -q "$package" 2>/dev/null || fail "can't download $package"
    dpkg-deb -x "$package"*.deb .
    touch done
  )
}

# The class path of the tests, as a test run has noted it.
class_path() {
  sed -n 's/.*name="surefire.test.class.path" value="\([^"]*\)".*/\1/p' \
    "$root"/runtime/target/surefire-reports/TEST-*.xml | sed -n 1p
}

# A program with the libraries it loads.
with_libraries() { # file...
  local library
  ldd "$@" 2>/dev/null | grep -o '/[^ )]*' | sort -u | while read -r library; do
    [ ! -f "$library" ] || [ -e "$tree$library" ] || install -D "$library" "$tree$library"
  done
}

modules() {
  local name=$1 from=$vm/kernel/lib/modules/$1 to=$tree/lib/modules/$1 module
  mkdir -p "$to"
  (
    cd "$from"
    find kernel -path '*/fs/overlayfs/*' -o -path 'kernel/net/bridge/*' -o -path 'kernel/net/netfilter/*' \
      -o -path 'kernel/net/ipv[46]/netfilter/*' -o -path 'kernel/net/802/*' -o -path 'kernel/net/llc/*' \
      -o -path 'kernel/lib/*' -o -name 'veth.ko*' -o -name 'loop.ko*' | grep '\.ko' |
      while read -r module; do install -D "$module" "$to/$module"; done
    cp modules.builtin modules.order "$to"
  )
  busybox depmod -b "$tree" "$name"
}

tree=$vm/tree
rm -rf "$tree"
mkdir -p "$vm" "$tree"/{bin,sbin,dev,proc,sys,tmp,etc,app,run,var,usr/bin,usr/sbin}
kernel
cp "$(readlink -f "$(command -v busybox)")" "$tree/bin/busybox"
for name in sh mount mkdir echo modprobe poweroff sleep true cat find sed; do ln -s busybox "$tree/bin/$name"; done
[ -d "$vm/jre" ] || jlink --add-modules java.base,java.logging,java.management,java.naming,java.sql,java.xml,jdk.unsupported \
  --strip-debug --no-header-files --no-man-pages --output "$vm/jre"
cp -r "$vm/jre" "$tree/jre"
with_libraries "$tree"/jre/bin/java "$tree"/jre/lib/*.so "$tree"/jre/lib/server/*.so
for program in setpriv unshare; do install -D "$(command -v $program)" "$tree/usr/bin/$program"; done
with_libraries "$tree"/usr/bin/setpriv "$tree"/usr/bin/unshare
# libgcc_s is loaded by name when threads end.
for library in /lib/x86_64-linux-gnu/libgcc_s.so.1 /lib/x86_64-linux-gnu/librt.so.1; do
  [ ! -e "$library" ] || install -D "$library" "$tree$library"
done
paths=$(class_path)
[ -n "$paths" ] || fail 'no report of a test run: ./dev vm-cgroup2 makes one'
inside=
IFS=: read -ra entries <<<"$paths:$(sed -E 's#.*:([^:]*/)junit-platform-commons(/[^/]*/)junit-platform-commons(-[^:]*\.jar).*#\1junit-platform-launcher\2junit-platform-launcher\3#' <<<"$paths")"
for entry in "${entries[@]}"; do
  [ -e "$entry" ] || continue
  name=$(basename "$(dirname "$(dirname "$entry")")")-$(basename "$entry")
  [ -e "$tree/app/$name" ] || cp -r "$entry" "$tree/app/$name"
  inside=$inside:/app/$name
done
release=$(ls "$vm/kernel/lib/modules")
modules "$release"
echo "root:x:0:0:root:/root:/bin/sh" >"$tree/etc/passwd"
echo "root:x:0:" >"$tree/etc/group"
cp "$here/init" "$tree/init"
chmod 755 "$tree/init"
printf '%s\n' "CLASSPATH=${inside#:}" "TESTS='$*'" >"$tree/etc/vm"
(cd "$tree" && find . | cpio -o -H newc --quiet) >"$vm/initramfs"
echo "vm-cgroup2: Linux $release, $(du -m "$vm/initramfs" | cut -f1) MiB of initramfs"
timeout "$bound" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m "$memory" -nographic -no-reboot \
  -kernel "$vm/kernel/boot/vmlinuz-$release" -initrd "$vm/initramfs" -nic none \
  -append 'console=ttyS0 quiet panic=-1 mitigations=off cgroup_no_v1=all' </dev/null |
  tr -d '\r' | tee "$vm/console"
grep -q '^vm: all tests passed' "$vm/console"
