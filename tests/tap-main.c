/* The main function of a test program: runs the suites named by its arguments, or all of them, and reports in TAP, one
 * line for each test. A suite has the name of its file, core/test-lock. With --list the program prints the names.
 *
 * A process runs one suite, so that no suite is affected by what another one left. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap-suite.h"

static TapSuite *suites; /* sorted by name */

void say_skipped(const char *why) {
        printf("# skipped: %s\n", why);
        fflush(stdout);
}

/* Returns the file with its folder, without the folders above. */
static const char *name_of(const TapSuite *suite) {
        const char *name = strrchr(suite->file, '/');

        while (name && name > suite->file && name[-1] != '/')
                name--;
        return name ? name : suite->file;
}

/* Returns the length of the name without the suffix of the file. */
static int name_length(const char *name) {
        return (int)(strlen(name) - strlen(".c"));
}

static bool is_called(const TapSuite *suite, const char *wanted) {
        const char *name = name_of(suite);
        size_t n = (size_t)name_length(name);

        return strlen(wanted) == n && strncmp(name, wanted, n) == 0;
}

void tap_join(TapSuite *suite) {
        TapSuite **at = &suites;

        while (*at && strcmp(name_of(*at), name_of(suite)) < 0)
                at = &(*at)->next;
        suite->next = *at;
        *at = suite;
}

static void list(void) {
        for (const TapSuite *suite = suites; suite; suite = suite->next)
                printf("%.*s\n", name_length(name_of(suite)), name_of(suite));
}

static bool run(const TapSuite *suite) {
        SRunner *runner = srunner_create(suite->make());

        srunner_run_all(runner, CK_SILENT);
        int n_failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return n_failed == 0;
}

static bool run_in_child(const TapSuite *suite) {
        int status;

        printf("# %.*s\n", name_length(name_of(suite)), name_of(suite));
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0)
                exit(run(suite) ? EXIT_SUCCESS : EXIT_FAILURE);
        return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
               WEXITSTATUS(status) == 0;
}

static const TapSuite *find(const char *wanted) {
        const TapSuite *suite = suites;

        while (suite && !is_called(suite, wanted))
                suite = suite->next;
        if (!suite)
                fprintf(stderr, "no suite is called '%s'; --list prints the names\n", wanted);
        return suite;
}

static bool run_all(void) {
        bool is_good = true;

        for (const TapSuite *suite = suites; suite; suite = suite->next)
                is_good &= run_in_child(suite);
        return is_good;
}

static bool run_named(char **names, int n) {
        bool is_good = true;

        for (int i = 0; i < n; i++) {
                const TapSuite *suite = find(names[i]);
                is_good &= suite && (n == 1 ? run(suite) : run_in_child(suite));
        }
        return is_good;
}

int main(int argc, char **argv) {
        setenv("CK_TAP_LOG_FILE_NAME", "-", 0);
        if (argc == 2 && strcmp(argv[1], "--list") == 0) {
                list();
                return EXIT_SUCCESS;
        }
        bool is_good = argc > 1 ? run_named(argv + 1, argc - 1) : run_all();
        return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
