#!/bin/sh
# install-unix-port.sh DIR: put MicroPython's unix port into DIR and a launcher at DIR/micropython.
# Uses the distribution's own package where there is one; on an older Debian it unpacks Debian 13's
# package, with the libraries it was built against, beside the system without touching it.
set -eu
dir=$1
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
[ -x "$dir/micropython" ] && exit 0
if command -v micropython >/dev/null 2>&1; then
    ln -sf "$(command -v micropython)" "$dir/micropython"
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg >/dev/null 2>&1; then
    echo "no package of MicroPython's unix port for this system: put micropython on PATH" >&2
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
uri=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\).*/\2/p' \
    /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | grep '/debian/\{0,1\}$' | head -n 1)
[ -n "$uri" ] || { echo "no Debian archive in this machine's package sources" >&2; exit 1; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri trixie main" >"$work/sources.list"
apt="apt-get -q -o Dir::Etc::SourceList=$work/sources.list -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State::Lists=$work/lists -o Dir::Cache=$work/cache -o APT::Sandbox::User=root"
$apt update >/dev/null
cd "$work"
$apt download micropython libc6 libffi8 libgcc-s1 libmbedtls21 libmbedx509-7 libmbedcrypto16 >/dev/null
rm -rf "$dir/root"
for deb in ./*.deb; do dpkg -x "$deb" "$dir/root"; done
cd "$dir"
loader=$(ls root/usr/lib*/ld-linux*.so.* root/usr/lib/*/ld-linux*.so.* 2>/dev/null | head -n 1)
libs=$(dirname "$(find root/usr/lib -name 'libmbedtls.so.*' | head -n 1)")
# The launcher looks beside itself, so that the directory may be moved.
cat >micropython.new <<EOF
#!/bin/sh
here=\$(cd "\$(dirname "\$0")" && pwd)
exec "\$here/$loader" --library-path "\$here/$libs" "\$here/root/usr/bin/micropython" "\$@"
EOF
chmod +x micropython.new
./micropython.new -c 'import sys; print(sys.version)'
mv micropython.new micropython                   # last: its presence says that all went well
