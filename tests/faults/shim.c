/* What a process does to the files below a folder, written down as it happens; and its death at a chosen step.
 *
 * Loaded with LD_PRELOAD. SHIM_ROOT names the folder. With SHIM_LOG each change is appended to that file, one record
 * each: a letter, then its numbers and texts, as read by tests/faults/tape.py. With SHIM_KILL_AT=n a process is killed
 * just before its n-th change (from 0) of a name, or sync; but only one that can remove the file SHIM_ONCE, and only
 * with the text SHIM_WHO in its command line.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 4096
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *root;
static int log_fd = -1;
static long kill_at = -1, steps;
static const char *once;
static uint32_t serial, opened[FILES]; /* by descriptor: the number under which it was opened; 0: not ours */

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("SHIM_LOG"), *at = getenv("SHIM_KILL_AT"), *who = getenv("SHIM_WHO");
    char words[4096];
    int line = syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t length = syscall(SYS_read, line, words, sizeof words);
    syscall(SYS_close, line);
    if (who && (length < 0 || !memmem(words, length, who, strlen(who)))) return;
    root = getenv("SHIM_ROOT");
    once = getenv("SHIM_ONCE");
    if (path) log_fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (at) kill_at = atol(at);
}

/* The absolute path, or NULL if it is not below the root. `out` has PATH_MAX bytes. */
static const char *ours(int folder, const char *path, char *out) {
    if (!root || !path) return NULL;
    if (path[0] == '/') {
        snprintf(out, PATH_MAX, "%s", path);
    } else {
        char link[64];
        ssize_t length;
        snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
        length = readlink(link, out, PATH_MAX - 1);
        if (length < 0) return NULL;
        snprintf(out + length, PATH_MAX - length, "/%s", path);
    }
    return strncmp(out, root, strlen(root)) ? NULL : out;
}

/* A change of a name, or a sync, is about to happen. */
static void step(void) {
    pthread_mutex_lock(&lock);
    if (steps++ == kill_at && once && syscall(SYS_unlinkat, AT_FDCWD, once, 0) == 0)
        syscall(SYS_kill, getpid(), SIGKILL), pause();
    pthread_mutex_unlock(&lock);
}

/* kind, number, number, length of the first text, length of the second, both texts */
static void tell(char kind, uint64_t a, uint64_t b, const void *one, uint32_t one_size, const void *two, uint32_t two_size) {
    struct __attribute__((packed)) { char kind; uint64_t a, b; uint32_t one, two; } head = {kind, a, b, one_size, two_size};
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)one, one_size}, {(void *)two, two_size}};
    if (log_fd >= 0 && syscall(SYS_writev, log_fd, parts, 3) < 0) abort();
}

static void tell_names(char kind, const char *one, const char *two) {
    tell(kind, 0, 0, one, strlen(one), two ? two : "", two ? strlen(two) : 0);
}

static int opening(int folder, const char *path, int flags, mode_t mode) {
    char whole[PATH_MAX];
    const char *name = ours(folder, path, whole);
    int made, fd;
    if (!name) return syscall(SYS_openat, folder, path, flags, mode);
    pthread_mutex_lock(&lock);
    made = (flags & O_CREAT) && syscall(SYS_faccessat, AT_FDCWD, name, F_OK) != 0;
    fd = syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= 0 && fd < FILES) {
        opened[fd] = ++serial;
        tell('o', serial, (made ? 1 : 0) | (flags & O_TRUNC ? 2 : 0), name, strlen(name), "", 0);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

#define OPEN(symbol, declared, folder)                                   \
    int symbol declared {                                                \
        va_list more;                                                    \
        mode_t mode = 0;                                                 \
        if (flags & (O_CREAT | __O_TMPFILE)) {                           \
            va_start(more, flags);                                       \
            mode = va_arg(more, mode_t);                                 \
            va_end(more);                                                \
        }                                                                \
        return opening(folder, path, flags, mode);                       \
    }
OPEN(open, (const char *path, int flags, ...), AT_FDCWD)
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD)
OPEN(openat, (int at, const char *path, int flags, ...), at)
OPEN(openat64, (int at, const char *path, int flags, ...), at)

int close(int fd) {
    if (fd >= 0 && fd < FILES) opened[fd] = 0;
    return syscall(SYS_close, fd);
}

static int is_ours(int fd) { return fd >= 0 && fd < FILES && opened[fd]; }

static void wrote(int fd, const void *data, ssize_t size, int64_t offset) {
    if (size > 0) tell('w', opened[fd], offset, data, size, "", 0);
}

ssize_t write(int fd, const void *data, size_t size) {
    ssize_t done;
    if (!is_ours(fd)) return syscall(SYS_write, fd, data, size);
    pthread_mutex_lock(&lock);
    done = syscall(SYS_write, fd, data, size);
    wrote(fd, data, done, lseek(fd, 0, SEEK_CUR) - done);
    pthread_mutex_unlock(&lock);
    return done;
}

static ssize_t written_at(int fd, const void *data, size_t size, off64_t offset) {
    ssize_t done;
    if (!is_ours(fd)) return syscall(SYS_pwrite64, fd, data, size, offset);
    pthread_mutex_lock(&lock);
    done = syscall(SYS_pwrite64, fd, data, size, offset);
    wrote(fd, data, done, offset);
    pthread_mutex_unlock(&lock);
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return written_at(fd, data, size, offset); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) { return written_at(fd, data, size, offset); }

static int truncated(int fd, off64_t size) {
    int done;
    if (!is_ours(fd)) return syscall(SYS_ftruncate, fd, size);
    pthread_mutex_lock(&lock);
    done = syscall(SYS_ftruncate, fd, size);
    if (!done) tell('t', opened[fd], size, "", 0, "", 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate(int fd, off_t size) { return truncated(fd, size); }
int ftruncate64(int fd, off64_t size) { return truncated(fd, size); }

static int synced(int fd, long call) {
    int done;
    if (!is_ours(fd)) return syscall(call, fd);
    step();
    pthread_mutex_lock(&lock);
    done = syscall(call, fd);
    if (!done) tell('s', opened[fd], 0, "", 0, "", 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

/* A call that changes one name, or two, and is told of when it was done. */
static int named(char kind, long call, const char *one, const char *two, long a, long b, long c, long d, long e) {
    int done;
    if (!one) return syscall(call, a, b, c, d, e);
    step();
    pthread_mutex_lock(&lock);
    done = syscall(call, a, b, c, d, e);
    if (!done) tell_names(kind, one, two);
    pthread_mutex_unlock(&lock);
    return done;
}

static int renamed(int from, const char *old, int to, const char *new, unsigned flags) {
    char one[PATH_MAX], two[PATH_MAX];
    return named('r', SYS_renameat2, ours(from, old, one), ours(to, new, two), from, (long)old, to, (long)new, flags);
}
int rename(const char *old, const char *new) { return renamed(AT_FDCWD, old, AT_FDCWD, new, 0); }
int renameat(int from, const char *old, int to, const char *new) { return renamed(from, old, to, new, 0); }
int renameat2(int from, const char *old, int to, const char *new, unsigned flags) { return renamed(from, old, to, new, flags); }

static int linked(int from, const char *old, int to, const char *new, int flags) {
    char one[PATH_MAX], two[PATH_MAX];
    return named('l', SYS_linkat, ours(from, old, one), ours(to, new, two), from, (long)old, to, (long)new, flags);
}
int link(const char *old, const char *new) { return linked(AT_FDCWD, old, AT_FDCWD, new, 0); }
int linkat(int from, const char *old, int to, const char *new, int flags) { return linked(from, old, to, new, flags); }

static int removed(int at, const char *path, int flags) {
    char one[PATH_MAX];
    return named('u', SYS_unlinkat, ours(at, path, one), NULL, at, (long)path, flags, 0, 0);
}
int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int at, const char *path, int flags) { return removed(at, path, flags); }
int rmdir(const char *path) { return removed(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) { return removed(AT_FDCWD, path, 0); }

static int folder_made(int at, const char *path, mode_t mode) {
    char one[PATH_MAX];
    return named('m', SYS_mkdirat, ours(at, path, one), NULL, at, (long)path, mode, 0, 0);
}
int mkdir(const char *path, mode_t mode) { return folder_made(AT_FDCWD, path, mode); }
int mkdirat(int at, const char *path, mode_t mode) { return folder_made(at, path, mode); }
