#!/bin/sh
# If the project cannot be built or tested completely, configure and make say so in a sentence.

: "${srcdir:?}" "${MAKE:?}"
. "$srcdir/tests/tap.sh"

directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL CASES SKIP_CASES TESTS

# refuses NAME PATTERN COMMAND...: the command must fail, and its last lines must fit the pattern.
refuses() {
	name=$1 pattern=$2
	shift 2
	said=$("$@" 2>&1 </dev/null) && said="it succeeded: $said"
	like "$name" "$(echo "$said" | tail -n 6)" "$pattern"
}

mkdir "$directory/a blank"
ln -s "$srcdir" "$directory/a blank/sources"
cd "$directory/a blank" || exit 99
refuses "a build directory with a blank" "*error: make cannot build in a path with a blank*" "$srcdir/configure"
is "nothing is written there" "$(ls | grep -v "^config.log$")" "sources"
cd "$directory" || exit 99
refuses "sources below a blank" "*error: make cannot build in a path with a blank*" "a blank/sources/configure"
refuses "bootstrap says so at once" "bootstrap: make cannot build in a path with a blank*" \
	"a blank/sources/bootstrap" --no-install --builddir="$directory/build"
refuses "and of its build directory" "bootstrap: make cannot build in a path with a blank*" \
	"$srcdir/bootstrap" --no-install --builddir="$directory/a build"
refuses "and that it cannot be made" "*bootstrap: cannot make the build directory; --builddir=DIR builds elsewhere" \
	"$srcdir/bootstrap" --no-install --builddir=/dev/null/build
is "none writes anything" "$(find . -type f ! -name config.log)" ""

# bootstrap configures again when a library has been installed since. Its configure only says that it runs.
mkdir tree && cp "$srcdir/bootstrap" tree && touch tree/configure.ac tree/Makefile.am tree/Makefile.in
cat >tree/configure <<END
#!/bin/sh
echo configured
touch config.status
echo all: >Makefile
END
cat >fewer <<END
#!/bin/sh
case "\$*" in *"check >="*) exit 1 ;; esac
END
echo '#!/bin/sh' >all
chmod +x tree/configure fewer all
# n_configured PKG-CONFIG: how often bootstrap calls configure.
n_configured() {
	PKG_CONFIG=$directory/$1 tree/bootstrap --no-install 2>&1 </dev/null | grep -c '^configured'
}
is "bootstrap configures a new build directory" "$(n_configured fewer)" 1
is "and not again" "$(n_configured fewer)" 0
is "until a library is there that was not" "$(n_configured all)" 1
is "and not again with that" "$(n_configured all)" 0

# Everything except Check is found.
pkg_config=$(command -v "${PKG_CONFIG:-pkg-config}" || command -v pkgconf)
cat >pkg-config <<END
#!/bin/sh
for argument; do
	case \$argument in check | "check "*) exit 1 ;; esac
done
exec $pkg_config "\$@"
END
chmod +x pkg-config
mkdir build && cd build || exit 99
"$srcdir/configure" PKG_CONFIG="$directory/pkg-config" >../log 2>&1
is "configure does without Check" $? 0
like "and says what will be missing" "$(tail -n 1 ../log)" "*the Check library was not found: make check will say so and fail*"
# make treats everything as built, and runs no script.
refuses "make check says what is missing" "*make check*: the Check library * was not found by configure*" \
	"$MAKE" -o all check-local TESTS=
refuses "make fuzz too" "*make fuzz: the Check library * was not found by configure*" "$MAKE" fuzz

cd "${builddir:-.}" || exit 99
if grep -q '^tests/fuzz/fuzz[$(]' Makefile && grep -q '^CHECK_LIBS = .' Makefile; then
	refuses "make fuzz-library without libFuzzer" "make fuzz-library: libFuzzer is a part of clang, and '*/no-clang' does not*" \
		"$MAKE" -s fuzz-library CLANG="$directory/no-clang"
fi
tap_end
