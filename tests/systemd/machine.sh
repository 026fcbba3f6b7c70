# A machine for a test: a real systemd in namespaces of its own, with the package installed. Source this file, call
# machine_start, and run commands with machine. The machine ends with the test, whatever happens. $directory belongs
# to the test, and is removed. In the environment: srcdir, and the paths of the installation, as make check-systemd
# sets them; base, if set, is the root of another system, which is run instead of this one.
# shellcheck shell=bash

: "${srcdir:?}" "${payload:?}" "${prefix:?}" "${unitdir:?}" "${bindir:?}" "${sbindir:?}" "${libdir:?}" "${sysconfdir:?}" \
	"${sysusersdir:?}" "${tmpfilesdir:?}"
. "$srcdir/tests/tap.sh"

patience_s=60
machine_pid= # pid of the machine's process 1, seen from outside
machine_unshare=
machine_cgroup=

# Prints why such a machine cannot be made here, or nothing.
machine_obstacle() {
	local tool
	[ "$(id -u)" -eq 0 ] || {
		echo "this needs root"
		return
	}
	for tool in unshare nsenter setpriv tar pgrep; do
		command -v "$tool" >/dev/null || {
			echo "there is no $tool"
			return
		}
	done
	[ -x /lib/systemd/systemd ] || {
		echo "systemd is not installed"
		return
	}
	case $unitdir in
	/usr/lib/systemd/system | /lib/systemd/system | /usr/local/lib/systemd/system) ;;
	*)
		echo "systemd does not look into $unitdir: configure with the prefix /usr or /usr/local"
		return
		;;
	esac
	[ -n "$(find_cgroups)" ] || {
		echo "there is no cgroup2 file system"
		return
	}
	unshare --pid --mount --cgroup --uts --ipc --net --fork true 2>/dev/null || echo "there may be no namespaces"
}

# Prints the mount point of the unified hierarchy of control groups.
find_cgroups() {
	awk '$0 ~ / - cgroup2 / { print $5; exit }' /proc/self/mountinfo
}

# Ends the test as skipped if it cannot be run here.
machine_need() {
	local obstacle
	obstacle=$(machine_obstacle)
	[ -z "$obstacle" ] || tap_skip_all "$obstacle"
}

# machine COMMAND...: runs the command on the machine, in which this one's directories do not exist.
machine() {
	env -u TMPDIR nsenter --target "$machine_pid" --all --root --wd -- "$@"
}

# machine_as USER COMMAND...: runs the command as a user, in all the user's groups.
machine_as() {
	local user=$1
	shift
	machine setpriv --reuid="$user" --regid="$(machine id -g "$user")" --init-groups -- "$@"
}

# until_true COMMAND...: repeats the command until it succeeds, for a while.
until_true() {
	local end=$((SECONDS + patience_s))
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# Succeeds if process 1 has started all services, or if it has ended.
machine_is_up() {
	[ -d "/proc/$machine_unshare" ] || return 0
	machine_pid=$(pgrep -P "$machine_unshare" 2>/dev/null) || return 1
	case $(machine systemctl is-system-running 2>/dev/null) in
	running | degraded) ;;
	*) return 1 ;;
	esac
}

machine_launch() {
	machine_cgroup=$(find_cgroups)/shmgr-test.$$
	mkdir "$machine_cgroup" || return
	mkdir "$directory/layer" "$directory/root"
	# The shell that becomes unshare enters the group first: the group is the root of the machine's groups. The
	# machine dies with that process, which dies with this shell.
	sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$machine_cgroup" \
		setpriv --pdeathsig KILL unshare --pid --mount --cgroup --uts --ipc --net --fork --kill-child \
		sh "$srcdir/tests/systemd/boot.sh" "$directory" "$payload" "${base:-/}" </dev/null >"$directory/console" 2>&1 &
	machine_unshare=$!
}

# machine_start: returns when all services of the machine have started. If they cannot start, the test is skipped if
# the kernel refused something, and fails otherwise.
machine_start() {
	machine_launch && until_true machine_is_up && [ -d "/proc/$machine_unshare" ] && return
	sed 's/^/# /' "$directory/console"
	case $(cat "$directory/console") in
	*'ermission denied'* | *'not permitted'* | *'is no systemd'*)
		tap_skip_all "systemd does not start here: $(head -n 1 "$directory/console")"
		;;
	esac
	echo "Bail out! the machine does not start"
	exit 99
}

machine_stop() {
	[ -n "$machine_unshare" ] || return 0
	[ -z "$machine_pid" ] || kill -s RTMIN+4 "$machine_pid" 2>/dev/null # the signal that starts poweroff.target
	local end=$((SECONDS + patience_s))
	while [ -d "/proc/$machine_unshare" ] && [ "$SECONDS" -lt "$end" ]; do
		sleep 0.05
	done
	kill -s KILL "$machine_unshare" 2>/dev/null
	wait "$machine_unshare" 2>/dev/null
	find "$machine_cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
	machine_unshare=
}

# machine_install: does what make install does on a running system, and makes the users of the tests: alice and carol,
# members of the group, and bob, who is not.
machine_install() {
	machine sh -s "$unitdir" "$sysusersdir" "$tmpfilesdir" <"$srcdir/systemd/live.sh" 2>&1 | sed 's/^/#/'
	machine getent group shmgr >/dev/null || return
	machine systemd-sysusers - <<-'USERS' || return
		u alice 2001 "" /home/alice /bin/sh
		u carol 2003 "" /home/carol /bin/sh
		u bob 2002 "" /home/bob /bin/sh
		m alice shmgr
		m carol shmgr
	USERS
	machine install -d -o alice -g alice /home/alice && machine install -d -o bob -g bob /home/bob
}

# show PROPERTY [UNIT]: prints a property of the service.
show() {
	machine systemctl show --value -p "$1" "${2:-shmgrd.service}"
}

# Clients that stay connected: client_start NAME USER [ENVIRONMENT...], client_say NAME CALL, client_hear NAME, and
# both in one: client_call NAME CALL. The latter two print a reply, or the word "nothing" if none comes.
declare -A client_in client_out

client_start() {
	local name=$1 user=$2 in out
	shift 2
	mkfifo "$directory/$name.in" "$directory/$name.out" || return
	exec {in}<>"$directory/$name.in" {out}<>"$directory/$name.out"
	client_in[$name]=$in client_out[$name]=$out
	machine_as "$user" env "$@" "$bindir/shmgr-steady" <"$directory/$name.in" >"$directory/$name.out" 2>&1 \
		{in}<&- {out}<&- &
}

client_say() {
	echo "$2" >&"${client_in[$1]}"
}

client_hear() {
	local line
	read -r -t "$patience_s" line <&"${client_out[$1]}" || line=nothing
	printf '%s\n' "$line"
}

client_call() {
	client_say "$1" "$2"
	client_hear "$1"
}

machine_clean() {
	machine_stop
	rm -rf "$directory"
}

directory=$(mktemp -d) || exit 99
trap machine_clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
