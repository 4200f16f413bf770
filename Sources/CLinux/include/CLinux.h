#ifndef CLINUX_H
#define CLINUX_H

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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

/// accept4 without a peer address: needs _GNU_SOURCE, which must not be set in an imported header.
int clinux_accept_nonblocking(int listener);

/// A copy of a symbol that ThreadSanitizer-free code may call: binds the calling thread to one processor.
int clinux_pin_thread(int processor);

#endif
