# shellcheck shell=bash disable=SC2154 # its variables are setup/setup's
# Which system packages are missing, and the one line that installs them. Sourced by setup/setup.

# The packages of packages.tsv in the groups given, one a line.
packages_of() {
    awk -F '\t' -v groups=" $1 " '!/^#/ && NF == 3 && index(groups, " " $2 " ") { print $1 }' "$here/packages.tsv"
}

debian() { [ -r /etc/os-release ] && grep -qE '^(ID|ID_LIKE)=.*(debian|ubuntu)' /etc/os-release; }

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Makes sure of the packages of the groups and of a Rust toolchain.
# Arguments: the command to be made possible, its groups.
need_system() {
    if ! debian; then
        elsewhere "$2"
        need_rust_elsewhere
        return
    fi
    local missing=() package
    while read -r package; do
        installed "$package" || missing+=("$package")
    done < <(packages_of "$2")
    if [ ${#missing[@]} -gt 0 ] || ! rust_is_there "$1"; then
        refresh_package_list
        while read -r package; do missing+=("$package"); done < <(rust_packages "$1")
    fi
    # dbus and the keyring bring only what they need: a server has no use for their recommendations.
    [ ${#missing[@]} -eq 0 ] || system_change env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq --yes --no-install-recommends "${missing[@]}"
    rust_is_there "$1" || die "$(rust_advice)"
}

# As root the package list is refreshed first; a user's machine keeps its own.
refresh_package_list() {
    [ "$(id -u)" = 0 ] || return 0
    apt-get update -q >/dev/null || say "setup: the package list could not be refreshed; going on with the old one"
}

# On other systems set-up knows programs, not package names: it says which programs are missing.
elsewhere() {
    local missing=() program
    for program in cc git python3 make; do
        command -v "$program" >/dev/null || missing+=("$program")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        say "setup: this system lacks: ${missing[*]}"
        say "setup: it installs by itself on Debian and Ubuntu only; what each package is for:"
        awk -F '\t' -v groups=" $1 " '!/^#/ && NF == 3 && index(groups, " " $2 " ") { printf "    %s: %s\n", $1, $3 }' \
            "$here/packages.tsv" >&2
        exit 1
    fi
}
