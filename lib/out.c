// out.c - see out.h

#include "tonghop/out.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>

static void handle_pipe(void (*how)(int))
{
    struct sigaction action = {.sa_handler = how};
    (void)sigemptyset(&action.sa_mask);
    if (sigaction(SIGPIPE, &action, NULL) != 0) {
        abort(); // cannot be: the signal exists and may be handled
    }
}

void th_out_start(void)
{
    handle_pipe(SIG_IGN);
}

void th_out_before_exec(void)
{
    handle_pipe(SIG_DFL);
}

bool th_out_stopped(FILE *out)
{
    return ferror(out) != 0;
}

// A pipe or socket tells by itself; files and terminals have no reader that could leave.
bool th_out_unread(int fd)
{
    struct pollfd other = {.fd = fd};
    return poll(&other, 1, 0) > 0 && (other.revents & (POLLERR | POLLHUP)) != 0;
}

enum th_err th_out_flush(FILE *out)
{
    const bool written = fflush(out) == 0 && ferror(out) == 0;
    return written || th_out_unread(fileno(out)) ? TH_OK : TH_E_IO;
}
