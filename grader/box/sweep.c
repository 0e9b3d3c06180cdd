/* sweep.c - kill every process of a box. See sweep.h. */
#include "sweep.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PID_MAX = 1 << 22, FEW_ROUNDS = 5, KILLER_MS = 100 };

/* The parent of pid as /proc tells it, or -1 if the process has gone. */
static pid_t parent_of(const char *pid)
{
    char path[32], text[256] = "";
    pid_t parent = -1;

    snprintf(path, sizeof path, "/proc/%.16s/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return -1;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    /* The name may hold anything, ')' too: the fields follow the last one. */
    char *end = strrchr(text, ')');
    if (end && sscanf(end + 1, " %*c %d", &parent) != 1)
        return -1;
    return parent;
}

/* Send sig to every descendant that one reading of /proc shows. Parents come
 * before children there, but for wrapped numbers: hence the second pass. */
static void signal_descendants(int sig)
{
    static char ours[PID_MAX];

    memset(ours, 0, sizeof ours);
    ours[getpid()] = 1;
    for (int pass = 0; pass < 2; pass++) {
        DIR *proc = opendir("/proc");
        struct dirent *entry;

        while (proc && (entry = readdir(proc)) != NULL) {
            int pid = atoi(entry->d_name);
            if (pid <= 0 || pid >= PID_MAX || pid == getpid())
                continue;
            pid_t parent = parent_of(entry->d_name);
            if (parent <= 0 || parent >= PID_MAX || !ours[parent])
                continue;
            ours[pid] = 1;
            kill(pid, sig);
        }
        if (proc)
            closedir(proc);
    }
}

/* kill(-1) as the box's user: one atomic act of the kernel, which no process
 * escapes by forking. It is waited for, or the next round would kill the
 * killer; but not for ever, as the box's processes may stop it. */
static void kill_user(uid_t uid)
{
    pid_t killer = fork();

    if (killer == 0) {
        if (setresuid(uid, uid, uid) == 0)
            kill(-1, SIGKILL);
        _exit(0);
    }
    for (int ms = 0; killer > 0 && ms < KILLER_MS; ms++) {
        if (waitpid(killer, NULL, WNOHANG) != 0)
            return;
        poll(NULL, 0, 1);
    }
}

void sweep(bool pidns, uid_t uid, int round)
{
    if (pidns) {
        kill(-1, SIGKILL);      /* all of the namespace but the caller */
        return;
    }
    /* Stopped first: what is stopped cannot fork, and keeps its place under
     * RLIMIT_NPROC, so that a fork bomb has no room to grow again. */
    signal_descendants(SIGSTOP);
    signal_descendants(SIGSTOP);
    signal_descendants(SIGKILL);
    /* Last, as another run in the same work directory has the same user. */
    if (uid != (uid_t)-1 && round >= FEW_ROUNDS)
        kill_user(uid);
}
