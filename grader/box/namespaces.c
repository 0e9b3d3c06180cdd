/* namespaces.c - the walls of the box. See init.h. */
#include "init.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A /proc that shows the box alone, and a /dev/shm: names in there are chosen
 * by students, and collide. No matter if the machine has no such directory.
 * Over each directory of hidden, "a:b:c", lies an empty one. */
static void mount_own(char *hidden)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
              NULL) == -1)
        fail("mount");
    mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV,
          "size=64m,mode=1777");
    for (char *path = strtok(hidden, ":"); path; path = strtok(NULL, ":"))
        if (mount("tmpfs", path, "tmpfs", MS_RDONLY, "size=4k,mode=0") == -1)
            fail("hide");
}

void enter_namespaces(const char *flags, char *hidden)
{
    int what = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC;
    bool users = strchr(flags, 'u') != NULL;
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (unshare(users ? what | CLONE_NEWUSER : what) == -1)
        fail("unshare");
    if (users) {
        /* Never root inside, or execve would give capabilities. */
        write_file("/proc/self/setgroups", "deny");
        write_file("/proc/self/uid_map", "%u %u 1", uid ? uid : 1000, uid);
        write_file("/proc/self/gid_map", "%u %u 1", gid ? gid : 1000, gid);
    }
    pid_t init = fork();
    if (init == -1)
        fail("fork");
    if (init > 0) {
        drop_stdio();
        close(CONTROL);
        while (waitpid(init, NULL, 0) == -1 && errno == EINTR)
            ;
        _exit(0);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (strchr(flags, 'm'))
        mount_own(hidden);
}
