#!/bin/sh
# Subtle files begin with an essay, and about one line in ten of them is a comment. Tables of methods and arguments,
# which document themselves, do not count.
: "${srcdir:?}"
. "$srcdir/tests/tap.sh"
directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT

# Prints the files whose states, order of steps or hazards cannot be seen in the code.
subtle() {
	cat <<-'END'
		common/base/heap.c common/base/pages-move.c common/base/table.c common/base/tree.c common/json/json-scan.c
		ctl/forward.c ctl/group-end.c ctl/guard.c ctl/holder-run.c ctl/holder.c ctl/runner.c ctl/signals.c
		daemon/core/call/dispatch.c daemon/core/call/reply.c daemon/core/call/rpc.c
		daemon/core/collect.c daemon/core/core.c
		daemon/core/end/object-end.c daemon/core/end/session-end.c daemon/core/end/settle.c
		daemon/core/handle.c daemon/core/monitor.c daemon/core/pipe-end.c daemon/core/reference.c daemon/core/remains.c
		daemon/core/save/lists-record.c daemon/core/save/order-record.c daemon/core/save/save.c daemon/core/save/wait-record.c
		daemon/core/services/lock.c daemon/core/services/wait-any.c daemon/core/services/waits.c
		daemon/core/session.c daemon/core/snapshot/reader.c daemon/core/snapshot/record.c
		daemon/core/types/barrier.c daemon/core/types/condition.c daemon/core/types/mutex.c daemon/core/types/pipe.c
		daemon/core/types/queue-put.c daemon/core/types/queue-reserve.c daemon/core/types/queue.c daemon/core/types/rwlock.c
		daemon/core/types/semaphore.c daemon/core/unreachable.c
		daemon/core/wait/cycle.c daemon/core/wait/deadlock.c daemon/core/wait/grant.c daemon/core/wait/hold.c
		daemon/core/wait/owner.c daemon/core/wait/park.c daemon/core/wait/relation.c daemon/core/wait/reservation.c
		daemon/core/wait/serve.c daemon/core/wait/stuck.c daemon/core/wait/wait.c
		daemon/shell/handover/fd-store.c daemon/shell/handover/pack.c daemon/shell/handover/placing.c
		daemon/shell/connection.c daemon/shell/lines.c daemon/shell/listener.c daemon/shell/peer-process.c
		daemon/shell/reload.c daemon/shell/send.c daemon/shell/server.c daemon/shell/server-restart.c daemon/shell/share.c daemon/shell/spin-loop.c
		daemon/shell/spin.c daemon/shell/supervisor.c daemon/shell/turn.c daemon/shell/unix-socket.c
		libclient/batch.c libclient/client.c libclient/clients.c libclient/connection/connection-message.c
		libclient/connection/connection.c libclient/connection/direction.c libclient/connection/incoming.c
		libclient/connection/outgoing.c libclient/connection/stream.c libclient/exchange.c libclient/handle.c
		libclient/holding.c libclient/interrupt.c libclient/link.c libclient/loop.c libclient/proxy.c
		libclient/request-run.c libclient/response.c
	END
}

# counts FILE...: prints lines "FILE ESSAY COMMENTS LINES": the length of the first comment, of all comments, and of the
# file without tables.
counts() {
	awk '
		function flush() { if (file != "") print file, essay, comments, lines }
		FNR == 1 { flush(); file = FILENAME; essay = comments = lines = n_comments = inside = table = 0 }
		/^(static )?const (Arg|Method|Type) / { table = 1 }
		table { if (/^};/) table = 0; next }
		{ lines++ }
		/\/\*/ && !inside { inside = 1; n_comments++ }
		inside { comments++; if (n_comments == 1) essay++; if (/\*\//) inside = 0 }
		END { flush() }' "$@"
}

# poor: reads counts, and prints the files with an essay of less than three lines, or with less than one line of comment
# in 20.
poor() {
	awk '$2 < 3 { print $1 ": begins without an essay" } 20 * $3 < $4 { print $1 ": has " $3 " lines of comment in " $4 }'
}

# broken FILE...: prints declarations that clang-format broke because of the comment behind them; such a comment belongs
# above.
broken() {
	awk '
		FNR == 1 { before = "" }
		before ~ /^ +((const|unsigned|struct) )*[A-Za-z_0-9]+( [a-z_0-9]+)?( [*]+)?( =)?$/ &&
		before !~ / (else|do|return)$/ && /^ +[]*a-zA-Z_0-9<[ ]+[;,] *\/\*.*\*\/$/ {
			indented = match($0, /[^ ]/); match(before, /[^ ]/)
			if (indented > RSTART) print FILENAME ":" FNR ": " $0
		}
		{ before = $0 }' "$@"
}

printf '        ListLink\n                in_object; /* of the call */\n        int n; /* of them */\n        TIME =\n                4, /* s */\n' \
	>"$directory/broken.c"
is 'it finds declarations that a comment broke' "$(broken "$directory/broken.c" | cut -d: -f2 | tr '\n' ' ')" '2 5 '
# shellcheck disable=SC2046
(cd "$srcdir" && broken $(find bench common ctl daemon include libclient tests -name '*.[ch]')) >"$directory/found"
ok 'no comment breaks a declaration' none "$directory/found"

{
	echo '/* One line. */'
	awk 'BEGIN { for (i = 0; i < 30; i++) print "int i" i ";" }'
} >"$directory/bad.c"
{
	printf '/* Three\n * lines\n * here. */\n'
	printf 'static const Method methods[] = {\n'
	awk 'BEGIN { for (i = 0; i < 200; i++) print "        {0}," }'
	printf '};\nint i;\n'
} >"$directory/good.c"
is 'it finds files with too little' "$(counts "$directory/bad.c" "$directory/good.c" | poor | sed 's/.*bad.c: //')" \
	'begins without an essay
has 1 lines of comment in 31'

for file in $(subtle); do
	[ -e "$srcdir/$file" ] || echo "$file is not there"
done >"$directory/found"
ok 'the subtle files are there' none "$directory/found"
for file in $(subtle); do
	echo "$srcdir/$file"
done >"$directory/files"
# File names of this project hold no blanks.
# shellcheck disable=SC2046
counts $(cat "$directory/files") >"$directory/counts"
ok 'they are read' test "$(wc -l <"$directory/counts")" -gt 80
poor <"$directory/counts" | sed "s|^$srcdir/||" >"$directory/found"
ok 'each begins with an essay, and its comments say enough' none "$directory/found"
awk '{ comments += $3; lines += $4 } END { if (12 * comments < lines) print comments " lines of comment in " lines }' \
	"$directory/counts" >"$directory/found"
ok 'together they have more than one line in twelve' none "$directory/found"
tap_end
