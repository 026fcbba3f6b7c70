/* Describes the machine and the tools: a figure means nothing without them. */
#include <gnu/libc-version.h>
#include <json-c/json_c_version.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "machine.h"

#ifdef __clang__
#define COMPILER "clang"
#else
#define COMPILER "gcc"
#endif

static void read_model(char *into, size_t n) {
        char line[256];
        FILE *file = fopen("/proc/cpuinfo", "re");

        snprintf(into, n, "a processor");
        while (file && fgets(line, sizeof(line), file)) {
                char *value = strstr(line, ": ");
                if (strncmp(line, "model name", 10) != 0 || !value)
                        continue;
                value[strcspn(value, "\n\"\\")] = '\0';
                snprintf(into, n, "%s", value + 2);
                break;
        }
        if (file)
                fclose(file);
}

static void read_redis(char *into, size_t n) {
        char line[256] = "";
        FILE *pipe = popen("redis-server --version 2>/dev/null", "re");
        const char *version = NULL;

        if (pipe && fgets(line, sizeof(line), pipe))
                version = strstr(line, "v=");
        if (version)
                snprintf(into, n, "Redis %.*s", (int)strcspn(version + 2, " \n\"\\"), version + 2);
        else
                snprintf(into, n, "no Redis");
        if (pipe)
                pclose(pipe);
}

void machine_describe(char *into, size_t n) {
        char model[128], redis[64], tools[256];
        struct utsname kernel = {0};

        read_model(model, sizeof(model));
        read_redis(redis, sizeof(redis));
        machine_toolchain(tools, sizeof(tools));
        uname(&kernel);
        snprintf(into, n, "%s, %ld cores; Linux %.*s; %s; %s", model, sysconf(_SC_NPROCESSORS_ONLN),
                 (int)strcspn(kernel.release, "-+"), kernel.release, tools, redis);
}

/* libc selects its string functions by the features of the processor, so counts of instructions depend on these. */
static const char *string_functions(void) {
#ifdef __x86_64__
        return __builtin_cpu_supports("avx2") ? "x86-64 with AVX2" : "x86-64 without AVX2";
#else
        return "not x86-64";
#endif
}

void machine_toolchain(char *into, size_t n) {
        snprintf(into, n, COMPILER " %.*s with %s; glibc %s; json-c %s; %s",
                 (int)strcspn(__VERSION__, "\"\\"), __VERSION__, BENCH_CFLAGS,
                 gnu_get_libc_version(), json_c_version(), string_functions());
}
