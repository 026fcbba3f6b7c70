/* Forks children, waits for them, and reports errors: see family.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "family.h"

pid_t family_fork(int (*work)(void *userdata), void *userdata) {
        fflush(stdout);
        pid_t pid = fork();

        if (pid < 0)
                return -errno;
        if (pid > 0)
                return pid;
        int status = work(userdata);
        fflush(stdout);
        _exit(status);
}

int family_join(pid_t pid) {
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

typedef struct Member {
        int (*work)(void *userdata, int number);
        void *userdata;
        int number;
} Member;

static int work_as_member(void *userdata) {
        const Member *member = userdata;

        return member->work(member->userdata, member->number);
}

int family_fork_all(int n, pid_t pids[], int (*work)(void *userdata, int number), void *userdata) {
        Member member = {.work = work, .userdata = userdata};

        for (int i = 0; i < n; i++) {
                member.number = i + 1;
                pids[i] = family_fork(work_as_member, &member);
                if (pids[i] < 0) {
                        family_fail("fork", pids[i]);
                        return i;
                }
        }
        return n;
}

int family_join_all(int n, const pid_t pids[]) {
        int status = EXIT_SUCCESS;

        for (int i = 0; i < n; i++)
                if (family_join(pids[i]) != EXIT_SUCCESS)
                        status = EXIT_FAILURE;
        return status;
}

int family_fail(const char *function, int error) {
        fprintf(stderr, "%s: %s\n", function, strerror(-error));
        return EXIT_FAILURE;
}

int family_option(const char *argument, const char *name, long most, long *ret) {
        size_t n = strlen(name);
        char *end;

        if (strncmp(argument, "--", 2) != 0 || strncmp(argument + 2, name, n) != 0 ||
            argument[2 + n] != '=')
                return 0;
        const char *text = argument + 2 + n + 1;
        errno = 0;
        *ret = strtol(text, &end, 10);
        if (errno || end == text || *end || *ret < 1 || *ret > most) {
                fprintf(stderr, "--%s: '%s' is not a number from 1 to %ld\n", name, text, most);
                exit(2);
        }
        return 1;
}
