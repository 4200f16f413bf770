#ifndef CLINUX_H
#define CLINUX_H

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* What Swift cannot call itself: functions that need _GNU_SOURCE (it must not be set in an imported header) and
   variadic ones. */

/* accept4 without blocking, closed on exec; the peer's address is written to `peer`. */
int clinux_accept(int listener, struct sockaddr_storage *peer);

/* The user id of the process at the other end of a connected Unix socket, as it was when it connected (SO_PEERCRED), or -1.
   */
int64_t clinux_peer_user(int socket);

/* How many processors the calling thread may run on, or -1. */
int clinux_available_processors(void);

/* recv and send as bare system calls. The library's own are cancellation points, which nobody uses here and which cost
   some 2 % of the CPU time of a small request in a program with threads. */
ssize_t clinux_recv(int socket, void *buffer, size_t length, int flags);
ssize_t clinux_send(int socket, const void *buffer, size_t length, int flags);

/* Names the calling thread, at most 15 bytes, as ps -L and top -H show it. */
void clinux_name_thread(const char *name);

#endif
