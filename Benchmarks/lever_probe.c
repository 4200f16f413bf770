// Asks several proxies at a steady rate and keeps what each answer says, for levers.py.
//
//     lever_probe ANSWERS WAKES USERS RATE PORT...
//
// One thread asks all proxies, each over one keep-alive connection: RATE requests a second and proxy, at equal distances,
// the proxies one after the other. It is a closed loop: a request that is due while another is under way is left out.
// The users are the lines of USERS, in turn. For each answer the times before it was sent and after it had come, the
// cohort and the generation are put into ANSWERS, which is a mapped file that a reader may look at meanwhile. Nothing is
// written, allocated or printed on the way, and between requests the thread sleeps, so that it leaves the processors to
// those that are measured.
//
// A second thread sleeps for a millisecond at a time and puts into WAKES how late it woke: the noise of the machine.
//
// Ends by a signal. Anything but a 200 with a cohort is an end with status 1 and a line of text.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PROXIES = 64, MAX_USERS = 4096, BUFFER = 16384, SECOND = 1000000000 };
static const uint64_t patience = 5ull * SECOND;

// A mapped file: how many records it holds, then the records. levers.py knows the layout.
struct answer {
  uint64_t sent, answered;  // CLOCK_MONOTONIC, nanoseconds
  uint32_t generation;
  uint16_t proxy;
  uint16_t is_unified;
};

struct wake {
  uint64_t at, late;
};

struct record_file {
  uint64_t *count;
  void *records;
  uint64_t capacity;
};

struct proxy {
  int port, descriptor, is_waiting;
  uint64_t due, sent;
  size_t received;
  char buffer[BUFFER + 1];
};

static struct proxy proxies[MAX_PROXIES];
static struct { char *text; size_t length; } requests[MAX_USERS];
static int proxy_count, request_count;
static struct record_file answers, wakes;

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "lever_probe: %s: %s\n", what, detail);
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static struct record_file map_records(const char *path, size_t size) {
  int descriptor = open(path, O_RDWR | O_CLOEXEC);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) != 0) fail(path, strerror(errno));
  void *mapped = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (mapped == MAP_FAILED) fail(path, strerror(errno));
  close(descriptor);
  uint64_t *count = mapped;
  return (struct record_file){count, count + 1, ((uint64_t)status.st_size - sizeof *count) / size};
}

// Counted after it is whole, so that a reader never sees half a record.
static void count_record(struct record_file *file) {
  if (*file->count + 1 >= file->capacity) fail("records", "the file is full");
  __atomic_store_n(file->count, *file->count + 1, __ATOMIC_RELEASE);
}

static void read_users(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) fail(path, strerror(errno));
  char user[512];
  while (request_count < MAX_USERS && fscanf(file, "%511s", user) == 1) {
    int length = asprintf(&requests[request_count].text, "GET /small HTTP/1.1\r\nHost: probe\r\nX-User-Id: %s\r\n\r\n", user);
    if (length < 0) fail(path, "no memory");
    requests[request_count++].length = (size_t)length;
  }
  fclose(file);
  if (request_count == 0) fail(path, "no users");
}

static void connect_to(struct proxy *proxy) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)proxy->port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int yes = 1;
  proxy->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (proxy->descriptor < 0 || connect(proxy->descriptor, (struct sockaddr *)&address, sizeof address) != 0 ||
      setsockopt(proxy->descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0)
    fail("connect", strerror(errno));
}

static void ask(struct proxy *proxy) {
  static int next;
  size_t length = requests[next].length;
  proxy->received = 0;
  proxy->is_waiting = 1;
  proxy->sent = now();
  if (send(proxy->descriptor, requests[next].text, length, MSG_NOSIGNAL) != (ssize_t)length)
    fail("send", strerror(errno));
  next = (next + 1) % request_count;
}

// The value of a header field in the head, which is ended by a zero; or NULL.
static const char *field(const char *head, const char *name) {
  const char *found = strcasestr(head, name);
  return found == NULL ? NULL : found + strlen(name);
}

static void take_answer(struct proxy *proxy) {
  ssize_t more = recv(proxy->descriptor, proxy->buffer + proxy->received, BUFFER - proxy->received, 0);
  uint64_t answered = now();
  if (more <= 0) fail("recv", more == 0 ? "the proxy closed the connection" : strerror(errno));
  proxy->received += (size_t)more;
  proxy->buffer[proxy->received] = 0;
  char *end = strstr(proxy->buffer, "\r\n\r\n");
  if (end == NULL) {
    if (proxy->received == BUFFER) fail("answer", "the head is too long");
    return;
  }
  *end = 0;
  const char *length = field(proxy->buffer, "\r\nContent-Length: ");
  const char *cohort = field(proxy->buffer, "\r\nX-Turnout-Cohort: ");
  const char *generation = field(proxy->buffer, "\r\nX-Turnout-Generation: ");
  if (strncmp(proxy->buffer, "HTTP/1.1 200", 12) != 0 || !length || !cohort || !generation)
    fail("answer", proxy->buffer);
  size_t whole = (size_t)(end + 4 - proxy->buffer) + strtoul(length, NULL, 10);
  if (proxy->received < whole) {
    *end = '\r';
    return;
  }
  struct answer *answer = (struct answer *)answers.records + *answers.count;
  *answer = (struct answer){
      .sent = proxy->sent,
      .answered = answered,
      .generation = (uint32_t)strtoul(generation, NULL, 10),
      .proxy = (uint16_t)(proxy - proxies),
      .is_unified = strncmp(cohort, "unified", 7) == 0,
  };
  count_record(&answers);
  proxy->is_waiting = 0;
}

static void *sleep_and_wake(void *unused) {
  (void)unused;
  prctl(PR_SET_TIMERSLACK, 1);
  for (;;) {
    uint64_t due = now() + SECOND / 1000;
    struct timespec until = {(time_t)(due / SECOND), (long)(due % SECOND)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    uint64_t at = now();
    ((struct wake *)wakes.records)[*wakes.count] = (struct wake){at, at - due};
    count_record(&wakes);
  }
  return NULL;
}

int main(int count, char **arguments) {
  if (count < 6 || count - 5 > MAX_PROXIES) fail("usage", "lever_probe ANSWERS WAKES USERS RATE PORT...");
  answers = map_records(arguments[1], sizeof(struct answer));
  wakes = map_records(arguments[2], sizeof(struct wake));
  read_users(arguments[3]);
  uint64_t period = SECOND / strtoull(arguments[4], NULL, 10);
  proxy_count = count - 5;
  uint64_t begin = now() + SECOND / 100;
  for (int i = 0; i < proxy_count; i++) {
    proxies[i].port = atoi(arguments[5 + i]);
    proxies[i].due = begin + period * (uint64_t)i / (uint64_t)proxy_count;
    connect_to(&proxies[i]);
  }
  pthread_t sleeper;
  if (pthread_create(&sleeper, NULL, sleep_and_wake, NULL) != 0) fail("thread", "none");
  prctl(PR_SET_TIMERSLACK, 1);
  struct pollfd entries[MAX_PROXIES];
  for (int i = 0; i < proxy_count; i++) entries[i] = (struct pollfd){proxies[i].descriptor, POLLIN, 0};
  for (;;) {
    uint64_t time = now(), next = time + SECOND;
    for (int i = 0; i < proxy_count; i++) {
      struct proxy *proxy = &proxies[i];
      if (proxy->due <= time) {
        if (!proxy->is_waiting)
          ask(proxy);
        else if (time > proxy->sent + patience)
          fail("answer", "none for 5 s");
        proxy->due += (time - proxy->due) / period * period + period;
      }
      if (proxy->due < next) next = proxy->due;
    }
    time = now();
    uint64_t left = next > time ? next - time : 0;
    struct timespec timeout = {(time_t)(left / SECOND), (long)(left % SECOND)};
    if (ppoll(entries, (nfds_t)proxy_count, &timeout, NULL) <= 0) continue;
    for (int i = 0; i < proxy_count; i++)
      if (entries[i].revents != 0) take_answer(&proxies[i]);
  }
}
