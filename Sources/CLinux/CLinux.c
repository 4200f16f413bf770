#define _GNU_SOURCE
#include "CLinux.h"

#include <sys/syscall.h>

#include <sched.h>
#include <string.h>

int clinux_accept(int listener, struct sockaddr_storage *peer) {
  socklen_t length = sizeof *peer;
  return accept4(listener, (struct sockaddr *)peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int64_t clinux_peer_user(int socket) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? (int64_t)peer.uid : -1;
}

int clinux_available_processors(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1;
}

void clinux_name_thread(const char *name) {
  /* A longer name is refused, not cut. */
  char shown[16];
  size_t length = strnlen(name, sizeof shown - 1);
  memcpy(shown, name, length);
  shown[length] = 0;
  pthread_setname_np(pthread_self(), shown);
}

ssize_t clinux_recv(int socket, void *buffer, size_t length, int flags) {
  return syscall(SYS_recvfrom, socket, buffer, length, flags, NULL, NULL);
}

ssize_t clinux_send(int socket, const void *buffer, size_t length, int flags) {
  return syscall(SYS_sendto, socket, buffer, length, flags, NULL, 0);
}
