# Runs shmgrctl as a user would: source this file behind tests/daemon.sh, and call the functions below.
# shellcheck shell=sh
ctl=${SHMGRCTL:-${builddir:-.}/shmgrctl}
# The caller's colours and socket must not change a test.
unset NO_COLOR XDG_RUNTIME_DIR

# run ARG...: runs shmgrctl; sets $out, $err and $status.
run() {
	out=$("$ctl" "$@" 2>"$directory/err" </dev/null)
	status=$?
	err=$(cat "$directory/err")
}

# gives NAME STATUS OUTPUT ARG...
gives() {
	gives_name=$1 gives_status=$2 gives_out=$3
	shift 3
	run "$@"
	is "$gives_name" "$status: $out" "$gives_status: $gives_out"
}

# fails NAME STATUS PATTERN ARG...: standard output must be empty, and standard error must fit the pattern.
fails() {
	fails_name=$1 fails_status=$2 fails_pattern=$3
	shift 3
	run "$@"
	like "$fails_name" "$status:$out:$err" "$fails_status::shmgrctl: $fails_pattern"
}

# misused NAME PATTERN ARG...: a usage error: the message must fit, and the usage must follow.
misused() {
	misused_name=$1 misused_pattern=$2
	shift 2
	run "$@"
	like "$misused_name" "$status:$out:$err" "2::shmgrctl: ${misused_pattern}Usage: shmgrctl *"
}

# waits_until COMMAND...: runs the command until it succeeds, a few thousand times at most.
waits_until() {
	n_tries=0
	until "$@"; do
		n_tries=$((n_tries + 1))
		[ $n_tries -lt 5000 ] || {
			echo "# in vain: $*"
			return 1
		}
	done
}

# has_waits N: whether the daemon reports N waiting calls.
has_waits() {
	"$ctl" --json server stats | grep -q "\"waits\":$1,"
}

[ -x "$ctl" ] || {
	echo "Bail out! there is no $ctl"
	exit 99
}
