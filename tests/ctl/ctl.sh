# shmgrctl from the outside: source it behind tests/daemon.sh, and call what is below.
# shellcheck shell=sh
ctl=${SHMGRCTL:-${builddir:-.}/shmgrctl}
# Neither colours nor a socket of the caller's.
unset NO_COLOR XDG_RUNTIME_DIR

# run ARG...: $out, $err and $status of a command line.
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

# fails NAME STATUS PATTERN ARG...: nothing on standard output, the pattern on the other one.
fails() {
	fails_name=$1 fails_status=$2 fails_pattern=$3
	shift 3
	run "$@"
	like "$fails_name" "$status:$out:$err" "$fails_status::shmgrctl: $fails_pattern"
}

# misused NAME PATTERN ARG...: a message that fits, and how it should be.
misused() {
	misused_name=$1 misused_pattern=$2
	shift 2
	run "$@"
	like "$misused_name" "$status:$out:$err" "2::shmgrctl: ${misused_pattern}Usage: shmgrctl *"
}

# waits_until COMMAND...: runs it again and again until it succeeds, for as long as a few thousand times take.
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

# has_waits N: whether so many calls wait.
has_waits() {
	"$ctl" --json server stats | grep -q "\"waits\":$1,"
}

[ -x "$ctl" ] || {
	echo "Bail out! there is no $ctl"
	exit 99
}
