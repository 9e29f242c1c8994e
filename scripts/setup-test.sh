#!/bin/sh
# Makes sure that what the tests need beside Go and Node is there: a C compiler
# (the race detector links with it), PostgreSQL's server programs, Chromium and a
# font with Chinese characters.
#
# What is missing is installed through the system's package manager when this
# user may do so without a password; otherwise the script names the packages and
# the command to type, and fails.
#
#   scripts/setup-test.sh             install what is missing
#   scripts/setup-test.sh --check     only tell; exit 1 when something is missing
#   scripts/setup-test.sh --chromium  print the browser's path
set -eu

check_only=no
[ "${1:-}" = "--check" ] && check_only=yes

say() { printf 'setup-test: %s\n' "$*"; }

# --- what is there -----------------------------------------------------------

have_compiler() {
	command -v "${CC:-cc}" >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1
}

# The server programs are seldom on PATH: Debian, Red Hat and Homebrew each keep
# them in a folder per version. testkit looks in the same places.
have_postgres() {
	if command -v initdb >/dev/null 2>&1 && command -v postgres >/dev/null 2>&1; then
		return 0
	fi
	for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* \
		/opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
		if [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then
			return 0
		fi
	done
	return 1
}

# find_chromium prints the browser that the tests drive.
find_chromium() {
	if [ -n "${CHROMIUM:-}" ]; then
		[ -x "$CHROMIUM" ] && echo "$CHROMIUM"
		return
	fi
	for name in chromium chromium-browser google-chrome google-chrome-stable; do
		command -v "$name" 2>/dev/null && return
	done
	for path in "/Applications/Chromium.app/Contents/MacOS/Chromium" \
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
		if [ -x "$path" ]; then
			echo "$path"
			return
		fi
	done
	return 1
}

have_chromium() {
	find_chromium >/dev/null
}

have_cjk_font() {
	# macOS ships PingFang.
	[ "$(uname -s)" = Darwin ] && return 0
	command -v fc-list >/dev/null 2>&1 || return 1
	[ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ]
}

missing=""
look() {
	missing=""
	have_compiler || missing="$missing compiler"
	have_postgres || missing="$missing postgresql"
	have_chromium || missing="$missing chromium"
	have_cjk_font || missing="$missing cjk-font"
}

# --- what to install ---------------------------------------------------------

# packages MANAGER NAMES… prints the packages of that manager for our names.
packages() {
	manager=$1
	shift
	for name in "$@"; do
		case "$manager:$name" in
		apt-get:compiler) echo gcc libc6-dev ;;
		apt-get:postgresql) echo postgresql ;;
		apt-get:chromium) echo chromium ;;
		apt-get:cjk-font) echo fontconfig fonts-noto-cjk ;;
		dnf:compiler) echo gcc ;;
		dnf:postgresql) echo postgresql-server ;;
		dnf:chromium) echo chromium ;;
		dnf:cjk-font) echo fontconfig google-noto-sans-cjk-fonts ;;
		apk:compiler) echo gcc musl-dev ;;
		apk:postgresql) echo postgresql ;;
		apk:chromium) echo chromium ;;
		apk:cjk-font) echo fontconfig font-noto-cjk ;;
		pacman:compiler) echo gcc ;;
		pacman:postgresql) echo postgresql ;;
		pacman:chromium) echo chromium ;;
		pacman:cjk-font) echo fontconfig noto-fonts-cjk ;;
		esac
	done | tr '\n' ' '
}

manual() {
	case "$missing:$(. /etc/os-release 2>/dev/null && echo "${ID:-}")" in
	*chromium*:ubuntu) say "Ubuntu has Chromium as a snap: sudo snap install chromium" ;;
	esac
	# shellcheck disable=SC2086 # the list is words on purpose
	case "$manager" in
	apt-get) say "type: sudo apt-get update && sudo apt-get install -y --no-install-recommends $(packages apt-get $missing)" ;;
	dnf) say "type: sudo dnf install -y $(packages dnf $missing)" ;;
	apk) say "type: sudo apk add $(packages apk $missing)" ;;
	pacman) say "type: sudo pacman -S --needed $(packages pacman $missing)" ;;
	brew)
		for name in $missing; do
			case "$name" in
			compiler) say "type: xcode-select --install" ;;
			postgresql) say "type: brew install postgresql@17" ;;
			chromium) say "type: brew install --cask google-chrome" ;;
			esac
		done
		;;
	*)
		say "install these by hand:"
		for name in $missing; do
			case "$name" in
			compiler) say "  a C compiler on PATH (gcc or clang), for the race detector" ;;
			postgresql) say "  PostgreSQL 14 or newer: its server programs initdb and postgres on PATH" ;;
			chromium) say "  Chromium or Chrome on PATH, or CHROMIUM=the program" ;;
			cjk-font) say "  a font with Chinese characters known to fontconfig, such as Noto Sans CJK" ;;
			esac
		done
		;;
	esac
}

find_manager() {
	for name in apt-get dnf apk pacman brew; do
		if command -v "$name" >/dev/null 2>&1; then
			echo "$name"
			return
		fi
	done
	echo none
}

# as_root COMMAND… runs it as root without ever asking for a password.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

may_install() {
	case "$manager" in
	apt-get | dnf | apk | pacman) ;;
	*) return 1 ;;
	esac
	[ "$(id -u)" = 0 ] || { command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; }
}

# install_missing takes the missing one by one: where one cannot be had (Ubuntu has
# Chromium as a snap only) the others still come.
install_missing() {
	# Another apt may be at work: wait for its lock rather than fail.
	lock="-o DPkg::Lock::Timeout=600"
	# shellcheck disable=SC2086 # lists of words on purpose
	if [ "$manager" = apt-get ]; then
		# An old index names versions that mirrors no longer hold. If the update
		# fails, the index on disk may still do.
		as_root env DEBIAN_FRONTEND=noninteractive apt-get $lock -q update ||
			say "apt-get update failed; going on with the index at hand"
	fi
	for name in $missing; do
		# shellcheck disable=SC2046,SC2086
		case "$manager" in
		apt-get)
			as_root env DEBIAN_FRONTEND=noninteractive apt-get $lock -q install -y --no-install-recommends \
				$(packages apt-get "$name") || true
			;;
		dnf) as_root dnf install -y $(packages dnf "$name") || true ;;
		apk) as_root apk add $(packages apk "$name") || true ;;
		pacman) as_root pacman -Sy --needed --noconfirm $(packages pacman "$name") || true ;;
		esac
	done
}

# --- do it -------------------------------------------------------------------

if [ "${1:-}" = "--chromium" ]; then
	find_chromium
	exit
fi

look
if [ -z "$missing" ]; then
	say "compiler, PostgreSQL, Chromium and a Chinese font are here"
	exit 0
fi

manager=$(find_manager)
say "missing:$missing"
if [ "$check_only" = yes ]; then
	manual
	exit 1
fi
if ! may_install; then
	say "this user may not install packages without a password"
	manual
	exit 1
fi

say "installing through $manager"
# Output goes to standard error, so that a caller can keep the tests' own apart.
install_missing >&2
look
if [ -n "$missing" ]; then
	say "still missing after the installation:$missing"
	manual
	exit 1
fi
say "installed"
