/*
 * Guards a CPU against a thread under a real-time policy that holds it without coming round: nobody with an ordinary policy gets there
 * then, and what the thread waits for without sleeping may be one of those. The virtual machine for one lets a thread call the
 * same method again and again while its compiler, an ordinary thread, is about to replace that.
 *
 * Each thread has a timer that counts the CPU time it has used since it came round last. When that is too much, a signal lets it sleep
 * for a moment, wherever it is, and so again until it comes round.
 */
#define _GNU_SOURCE
#include <stdint.h>

/* Which functions there are: io.tlem.os.CpuGuard. */
const int32_t tlem_guard_layout[] = {1};

#if defined(__linux__)

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if !defined(sigev_notify_thread_id)
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum {
    SIGNAL_ABOVE_FIRST = 8, /* of the real-time signals, which neither the C library nor the virtual machine uses */
    AGAIN_NANOS = 4000000,  /* of CPU time: the next rest of a thread that has not come round meanwhile */
    REST_NANOS = 1000000
};

static _Thread_local timer_t timer;

static void rest(int number) {
    (void)number;
    int before = errno;
    struct timespec time = {.tv_nsec = REST_NANOS};
    nanosleep(&time, NULL);
    errno = before;
}

/* Guards against the calling thread, from its next tlem_guard_came_round on. Returns 0, or an error number. */
int32_t tlem_guard_begin(void) {
    int number = SIGRTMIN + SIGNAL_ABOVE_FIRST;
    struct sigaction old;
    if (sigaction(number, NULL, &old) != 0) {
        return errno;
    }
    if (old.sa_handler != rest) {
        if (old.sa_handler != SIG_DFL) {
            return EBUSY;
        }
        struct sigaction action = {.sa_handler = rest, .sa_flags = SA_RESTART | SA_ONSTACK};
        if (sigaction(number, &action, NULL) != 0) {
            return errno;
        }
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, number);
    int error = pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    if (error != 0) {
        return error;
    }
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = number};
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    return timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) == 0 ? 0 : errno;
}

/* The calling thread, of which tlem_guard_begin said 0, has come round: it may use so much CPU time until it does again, ns;
   0: as much as it likes. */
void tlem_guard_came_round(int64_t nanos) {
    struct itimerspec time = {.it_value = {.tv_nsec = nanos}, .it_interval = {.tv_nsec = AGAIN_NANOS}};
    timer_settime(timer, 0, &time, NULL);
}

/* No more from the calling thread on, of which tlem_guard_begin said 0. */
void tlem_guard_end(void) {
    timer_delete(timer);
}

#else

#include <errno.h>

int32_t tlem_guard_begin(void) {
    return ENOSYS;
}

void tlem_guard_came_round(int64_t nanos) {
    (void)nanos;
}

void tlem_guard_end(void) {}

#endif
