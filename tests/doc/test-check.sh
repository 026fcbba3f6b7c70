#!/bin/sh
# make check itself: the cases that it runs, counts and reports, tried with a made-up program and scripts.

: "${srcdir:?}" "${MAKE:?}"
. "$srcdir/tests/tap.sh"

directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT
mkdir -p "$directory/tests/sh" "$directory/build-aux"
cp "$srcdir/build-aux/tap-driver.sh" "$directory/build-aux/"
cp "$srcdir/tests/check.sh" "$srcdir/tests/driver.sh" "$srcdir/tests/cases.mk" "$directory/tests/"
cd "$directory" || exit 99

# A program with cases that pass, fail, crash, and are skipped.
cat >tests/test-made <<'END'
#!/bin/sh
case $1 in
--list) printf 'made/test-%s\n' bad broken good slow work ;;
made/test-bad) printf '1..2\nok 1 - one\nnot ok 2 - two\n# why it is not\n'; exit 1 ;;
made/test-broken) printf '1..3\nok 1 - three\n'; kill -KILL $$ ;;
made/test-good) printf '1..2\nok 1 - four\nok 2 - five # SKIP not here\n' ;;
made/test-slow) printf '1..1\nok 1 - limit %s %s\n' "$CK_TIMEOUT_MULTIPLIER" "$SHMGR_TEST_LOAD" ;;
made/test-work) printf '1..1\nok 1 - six\n' ;;
esac
END
printf '#!/bin/sh\nprintf "1..1\\nok 1 - seven\\n"\n' >tests/sh/test-script.sh
chmod +x tests/test-made tests/sh/test-script.sh

# check VARIABLE=VALUE...: prints its output; the last line is its status.
check() {
	env -u CK_TIMEOUT_MULTIPLIER -u MAKEFLAGS -u CASES -u SKIP_CASES -u LAUNCHER srcdir="$directory" "$@" \
		"$SHELL" tests/check.sh tests/test-made tests/sh/test-script.sh 2>&1
	echo "status $?"
}

said=$(check CASES='good script')
is "a line for a program, one for a folder, and a sentence" "$(echo "$said" | sed 's/ in [0-9]* s;/;/; s/  */ /g')" \
	"ok tests/test-made 1 passed, 1 skipped
ok tests/sh 1 passed
make check: all 2 tests passed, 1 were skipped; their output is in tests/*/*.log.
status 0"
said=$(check CASES='made/test-g* tests/made/test-work.c tests/sh/test-script.sh' SKIP_CASES='*ork')
is "cases are named by pattern or file, and left out" "$(ls tests/*/*.trs)" "tests/made/test-good.trs
tests/sh/test-script.trs"
like "a name that is no case's" "$(check CASES='good nix')" "*no case is called 'nix'*status 1"

said=$(check)
like "a failure is shown with what the test said" "$said" \
	"*--- tests/made/test-bad.log:*not ok 2 - two*# why it is not*"
like "what passed is not" "$(echo "$said" | grep -c '^ok [0-9]')" 0
like "a program that is killed fails its case" "$said" "*--- tests/made/test-broken.log:*"
like "the sentence says how many, and how to run them once more" "$said" \
	"*make check: 6 passed, 3 failed, 1 skipped in *; once more: make check CASES='bad broken'
status 1"
is "a failed test counts once" "$(grep -c '^:test-result: \(FAIL\|ERROR\)' tests/made/test-bad.trs)" 1

# limits FILE [VARIABLE=VALUE]: prints the factors of the time limits under a load, Check's own and all others.
limits() {
	loadavg=$1
	shift
	check CASES=slow SHMGR_LOADAVG="$loadavg" "$@" >/dev/null
	sed -n 's/^ok 1 - limit //p' tests/made/test-slow.log
}
# The case waits for a writer that never comes.
mkfifo fifo
printf '#!/bin/sh\necho "1..1"\ncat fifo\n' >tests/sh/test-hanging.sh
chmod +x tests/sh/test-hanging.sh
said=$(env -u MAKEFLAGS -u CASES -u SKIP_CASES srcdir="$directory" SHMGR_SCRIPT_LIMIT_S=0 \
	"$SHELL" tests/check.sh tests/sh/test-hanging.sh 2>&1)
like "a script that does not end is ended" "$said" "*# the script was ended after its time limit of 1 s*"
n=$(getconf _NPROCESSORS_ONLN)
echo "0.00 0.00 0.00 $n/200 4711" >begins
echo "$((3 * n)).00 0.00 0.00 1/200 4711" >lasts
is "time limits follow a load that has just begun" "$(limits begins)" "8 2"
is "and one that lasts" "$(limits lasts)" "16 4"
is "and what the environment says" "$(limits lasts CK_TIMEOUT_MULTIPLIER=10)" "40 4"
is "where the load cannot be read, the machine is idle but for the test" "$(limits nix | cut -d ' ' -f 2)" \
	"$(awk "BEGIN { print 1 + 1 / $n }")"
is "each file of tests is in the Makefile" "$(cd "$srcdir" && for file in tests/*/test-*.c tests/*/test-*.sh; do
	grep -qE "(^|[[:space:]])$file( |\$)" Makefile.am || echo "$file"
done)" ""
is "what is run by its name can be executed" "$(cd "$srcdir" && for file in bootstrap .ci/run tests/*/test-*.sh; do
	[ ! -e "$file" ] || [ -x "$file" ] || echo "$file"
done)" ""
tap_end
