# shellcheck shell=bash disable=SC2154 # its variables are setup/setup's
# What set-up says, and the one question that it asks. Sourced by setup/setup.

say() { printf '%s\n' "$*" >&2; }

die() {
    say "setup: $*"
    exit 1
}

# Runs a command that changes the system: at once as root (or with --yes), on a yes where somebody can
# be asked, and otherwise not at all. Arguments: the command.
system_change() {
    local shown="$*"
    if [ "$(id -u)" = 0 ]; then
        say "setup: running \`$shown\`"
        "$@"
        return
    fi
    shown="sudo $shown"
    if [ "$yes" != yes ]; then
        if ! { : </dev/tty; } 2>/dev/null; then
            die "nobody is there to ask; run \`$shown\` and start again"
        fi
        say "setup wants to run:"
        say "    $shown"
        printf 'run it? [y/N] ' >/dev/tty
        local answer
        read -r answer </dev/tty
        case "$answer" in
            y | Y | yes | Yes) ;;
            *) die "not run; nothing was changed" ;;
        esac
    fi
    sudo "$@"
}
