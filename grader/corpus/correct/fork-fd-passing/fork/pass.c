/* pass.c - see pass.h. The descriptor is not in the message but beside it, in
 * "control data"; cmsg(3) explains the macros, which are about alignment. */
#include "pass.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

union control {
    struct cmsghdr align;
    char room[CMSG_SPACE(sizeof(int))];
};

int give_fd(int to, int fd)
{
    union control control = { .room = { 0 } };
    struct iovec byte = { "", 1 };      /* an empty message carries nothing */
    struct msghdr message = {
        .msg_iov = &byte, .msg_iovlen = 1,
        .msg_control = &control, .msg_controllen = sizeof control,
    };
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    ssize_t n;

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    while ((n = sendmsg(to, &message, MSG_NOSIGNAL)) == -1 && errno == EINTR)
        continue;
    return n == 1 ? 0 : -1;
}

int take_fd(int from)
{
    union control control;
    char byte;
    struct iovec into = { &byte, 1 };
    struct msghdr message = {
        .msg_iov = &into, .msg_iovlen = 1,
        .msg_control = &control, .msg_controllen = sizeof control,
    };
    ssize_t n;
    int fd;

    while ((n = recvmsg(from, &message, MSG_CMSG_CLOEXEC)) == -1 &&
           errno == EINTR)
        continue;
    if (n <= 0)
        return PASS_END;

    const struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    if (!c || c->cmsg_type != SCM_RIGHTS)
        return PASS_LOST;
    memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}
