#!/bin/sh
# The files of make install are all that a program of another project needs: it compiles, links and runs
# through pkg-config alone. make installcheck runs this, with the directories of the installation in the
# environment.

: "${srcdir:?}" "${libdir:?}" "${includedir:?}" "${sbindir:?}" "${bindir:?}" "${mandir:?}" "${docdir:?}"
SHMGRD=$sbindir/shmgrd
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/daemon.sh"

PKG_CONFIG_PATH=$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
LD_LIBRARY_PATH=$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PKG_CONFIG_PATH LD_LIBRARY_PATH
if [ -n "${sysroot:-}" ]; then
	# In a staged installation the .pc file has the final paths, so these override them.
	set -- --define-variable=libdir="$libdir" --define-variable=includedir="$includedir"
fi
pkg_config() {
	${PKG_CONFIG:-pkg-config} "$@" shmgr
}
cflags=$(pkg_config "$@" --cflags)
libs=$(pkg_config "$@" --libs)
: "${CC:=cc}"

# logged COMMAND...: runs the command with its output as comments of the test.
logged() {
	"$@" >"$directory/out" 2>&1
	logged_status=$?
	sed 's/^/# /' "$directory/out"
	return $logged_status
}

# each_header SUFFIX COMPILER...: each installed header must compile by itself.
each_header() {
	source=$directory/header$1
	shift
	for header in "$includedir"/shmgr/*.h; do
		printf '#include <shmgr/%s>\nint main(void);\nint main(void) { return 0; }\n' "${header##*/}" >"$source"
		"$@" -Wall -Wextra -Werror -c "$source" -o "$directory/header.o" || return
	done
}

# The compilers and the flags are lists of words.
# shellcheck disable=SC2086
compile_c99() {
	each_header .c ${CC%% -std=*} -std=c99 -pedantic $cflags
}

# shellcheck disable=SC2086
compile_cxx() {
	each_header .cc $CXX $cflags
}

# shellcheck disable=SC2086
compile_consumer() {
	$CC $cflags "$srcdir/tests/consumer.c" -o "$directory/consumer" $libs
}

# Prints the names that the library exports besides its own.
foreign_symbols() {
	${NM:-nm} -D --defined-only "$libdir/libshmgr.so" | awk '$3 !~ /^(shmgr_|LIBSHMGR_)/ { print $3 }'
}

is "pkg-config knows the version" "$(pkg_config --modversion)" "${version:?}"
ok "each header is C99 by itself" logged compile_c99
if [ -n "${CXX:-}" ]; then
	ok "each header is C++ by itself" logged compile_cxx
else
	tap_result 0 "each header is C++ by itself # SKIP there is no C++ compiler"
fi
is "the library exports nothing but shmgr_*" "$(foreign_symbols)" ""
is "a function has a page by its name" "$(cat "$mandir/man3/shmgr_dict_get.3")" ".so man3/shmgr_dict.3"
# Those whose names end with .md; a page of the manual names a file without its folder.
missing=
for file in $(grep -hoE '[a-z-]+\.md' "$docdir/README" "$mandir"/man[1578]/shmgr* | sort -u); do
	[ -r "$docdir/$file" ] || missing="$missing $file"
done
is "the documents that README and the manual name are there" "$missing" ""
ok "a consumer compiles and links" logged compile_consumer
ok "the installed daemon starts" daemon_start
ok "the consumer works with it" logged "$directory/consumer"
ok "the installed shmgrctl works with it" logged "$bindir/shmgrctl" ping
if [ -n "${bashcompletiondir:-}" ]; then
	ok "bash finds its completion" grep -q "complete -F .* shmgrctl" "${sysroot:-}$bashcompletiondir/shmgrctl"
else
	tap_result 0 "bash finds its completion # SKIP it was configured not to be installed"
fi
for file in "${zshcompletiondir:-}/_shmgrctl" "${fishcompletiondir:-}/shmgrctl.fish"; do
	if [ "${file#/*/}" != "$file" ]; then
		ok "completion: ${file##*/}" [ -r "${sysroot:-}$file" ]
	else
		tap_result 0 "completion: ${file##*/} # SKIP it was configured not to be installed"
	fi
done
ok "the daemon ends cleanly" daemon_stop
tap_end
