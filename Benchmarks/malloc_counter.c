// Counts the calls of the C allocator by kind and by thread, for allocations.py.
//
// Preloaded (LD_PRELOAD) it stands before the functions of libc and passes each call on. The counts lie in the file that
// MALLOC_COUNTS names, mapped and shared, so that a reader sees them at any moment without stopping or signalling the
// process; workers that a process forks count into the same file. Each thread writes a slot of its own: counting adds a
// few nanoseconds, takes no lock and never allocates.
//
// Not seen: memory mapped directly (mmap, brk), and allocators that a program brings along instead of libc's.

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MALLOC, CALLOC, REALLOC, ALIGNED, FREE, KINDS };
enum { SLOTS = 1024 };

struct slot {
  uint64_t thread;
  uint64_t calls[KINDS];
  uint64_t padding[2];  // to 64 bytes: a cache line of its own
};

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static struct slot before_the_file_is_open[SLOTS];
static struct slot *slots = before_the_file_is_open;

// Static thread storage: reaching it needs no allocation. A fork's child has another id and so takes a new slot.
static __thread __attribute__((tls_model("initial-exec"))) struct slot *own;
static __thread __attribute__((tls_model("initial-exec"))) struct slot *own_belongs_to;

static struct slot *take_slot(void) {
  uint64_t thread = (uint64_t)syscall(SYS_gettid);
  for (int i = 0; i < SLOTS; i++) {
    uint64_t found = 0;
    if (__atomic_compare_exchange_n(&slots[i].thread, &found, thread, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
        found == thread)
      return &slots[i];
  }
  return &slots[SLOTS - 1];  // more threads than slots: the last is shared
}

static void count(int kind) {
  if (own_belongs_to != slots) {
    own = take_slot();
    own_belongs_to = slots;
  }
  __atomic_fetch_add(&own->calls[kind], 1, __ATOMIC_RELAXED);
}

static void forget_slot(void) { own_belongs_to = NULL; }

__attribute__((constructor)) static void open_file(void) {
  const char *path = getenv("MALLOC_COUNTS");
  int descriptor = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (descriptor < 0) return;
  void *mapped = mmap(NULL, sizeof before_the_file_is_open, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (mapped != MAP_FAILED) slots = mapped;
  pthread_atfork(NULL, NULL, forget_slot);
}

void *malloc(size_t size) {
  count(MALLOC);
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count(CALLOC);
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  count(REALLOC);
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count(ALIGNED);
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
  void *made = memalign(alignment, size);
  if (made == NULL) return ENOMEM;
  *memory = made;
  return 0;
}

void free(void *memory) {
  if (memory != NULL) count(FREE);
  __libc_free(memory);
}
