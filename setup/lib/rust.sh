# shellcheck shell=bash disable=SC2154 # its variables are setup/setup's
# Finds a Rust toolchain that is new enough, and says how to get one. Sourced by setup/setup.
#
# There is no rust-toolchain file on purpose: with one, rustup would download a toolchain where a good
# one is already installed. The version wanted is `rust-version` in Cargo.toml.

# The oldest toolchain that builds the workspace, like `1.95`.
rust_wanted() { sed -n 's/^rust-version *= *"\(.*\)"$/\1/p' "$repository/Cargo.toml"; }

# Puts the place where rustup keeps cargo on the PATH.
rust_path() {
    local place="${CARGO_HOME:-$HOME/.cargo}/bin"
    case ":$PATH:" in
        *":$place:"*) ;;
        *) [ ! -x "$place/cargo" ] || PATH="$place:$PATH" ;;
    esac
    export PATH
}

at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# Whether cargo and rustc are there and new enough; for tests, the formatter and the linter, too.
rust_is_there() {
    rust_path
    command -v cargo >/dev/null && command -v rustc >/dev/null || return 1
    at_least "$(rust_wanted)" "$(rustc --version | cut -d ' ' -f 2)" || return 1
    [ "$1" != test ] || { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1
}

# The Debian packages of a toolchain that is new enough, or nothing when one is already there. Debian
# keeps a recent one for its browsers (`rustc-web`), also in releases whose own `rustc` is old.
rust_packages() {
    rust_is_there "$1" && return
    case "$(command -v rustup || command -v cargo || true)" in
        "" | /usr/bin/cargo) ;;
        # A toolchain of the user's own is too old or not whole: it is theirs to mend.
        *) return ;;
    esac
    local flavour candidate
    for flavour in "" -web; do
        candidate=$(apt-cache policy "rustc$flavour" | sed -n 's/^ *Candidate: *//p')
        if [ -n "$candidate" ] && [ "$candidate" != "(none)" ] && at_least "$(rust_wanted)" "$candidate"; then
            printf '%s\n' "rustc$flavour" "cargo$flavour"
            [ "$1" != test ] || printf '%s\n' "rustfmt$flavour" "rust${flavour}-clippy"
            return
        fi
    done
}

rust_advice() {
    if command -v rustup >/dev/null; then
        echo "rust $(rust_wanted) with rustfmt and clippy is needed: run \`rustup toolchain install stable\`"
    else
        echo "rust $(rust_wanted) or newer is needed: run \`curl https://sh.rustup.rs -sSf | sh\` and start again"
    fi
}

need_rust_elsewhere() { rust_is_there "$command" || die "$(rust_advice)"; }
