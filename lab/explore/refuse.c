/* refuse.c - calls that the explorer does not know, refused by name.
 *
 * Most wait for something outside the process, or make another; a run with
 * them would not be the same twice. C code that blocks in some way not named
 * here is ended by the watchdog (watch.c).
 */
#include "call.h"

static _Noreturn void refuse(const char *name, uint32_t pc)
{
    verdict(UNSUPPORTED, name,
            "T%d calls %s at {c:%x}, which the explorer does not know",
            self ? self->id : 0, name, pc);
}

#define REFUSE(name) \
    void explored_##name(void); \
    void explored_##name(void) { refuse(#name, PC); }

REFUSE(fork) REFUSE(vfork) REFUSE(clone)
REFUSE(posix_spawn) REFUSE(system) REFUSE(popen)
REFUSE(execve) REFUSE(execv) REFUSE(execvp) REFUSE(execl) REFUSE(execlp)
REFUSE(wait) REFUSE(waitpid) REFUSE(waitid)

REFUSE(pthread_cancel) REFUSE(pthread_kill)
REFUSE(pthread_atfork) REFUSE(__register_atfork)
REFUSE(pthread_sigqueue) REFUSE(pthread_setaffinity_np)
REFUSE(pthread_mutex_setprioceiling) REFUSE(pthread_mutex_consistent)
REFUSE(pthread_setschedparam) REFUSE(pthread_getattr_np)

REFUSE(kill) REFUSE(raise) REFUSE(sigaction)
REFUSE(sigwait) REFUSE(sigwaitinfo) REFUSE(sigtimedwait) REFUSE(sigsuspend)
REFUSE(times) REFUSE(pause) REFUSE(alarm) REFUSE(setitimer)
REFUSE(signalfd) REFUSE(timerfd_create) REFUSE(timer_create)

REFUSE(select) REFUSE(pselect) REFUSE(ppoll)
REFUSE(epoll_create) REFUSE(epoll_create1)
REFUSE(epoll_wait) REFUSE(epoll_pwait)
REFUSE(socket)
REFUSE(connect) REFUSE(bind) REFUSE(listen)
REFUSE(recvmsg) REFUSE(sendmsg) REFUSE(recvfrom) REFUSE(sendto)
REFUSE(readv) REFUSE(writev) REFUSE(eventfd_read) REFUSE(eventfd_write)
REFUSE(fdopen) REFUSE(getsockopt)

REFUSE(flock) REFUSE(lockf) REFUSE(msgrcv) REFUSE(msgsnd)
REFUSE(semop) REFUSE(semtimedop)
REFUSE(mq_open) REFUSE(mq_receive) REFUSE(mq_send)
REFUSE(shm_open) REFUSE(shmget)

REFUSE(syscall) REFUSE(dup) REFUSE(dup2) REFUSE(dup3)
REFUSE(sendfile) REFUSE(splice)
REFUSE(atexit) REFUSE(on_exit) REFUSE(dlopen) REFUSE(dlsym) REFUSE(swapcontext) REFUSE(makecontext)
