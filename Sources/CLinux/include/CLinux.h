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
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* What Swift cannot call itself: functions that need _GNU_SOURCE (it must not be set in an imported header) and
   variadic ones. */

/* accept4 without blocking, closed on exec; the peer's address is written to `peer`. */
int clinux_accept(int listener, struct sockaddr_storage *peer);

/* How many processors the calling thread may run on, or -1. */
int clinux_available_processors(void);

/* Names the calling thread, at most 15 bytes, as ps -L and top -H show it. */
void clinux_name_thread(const char *name);

#endif
