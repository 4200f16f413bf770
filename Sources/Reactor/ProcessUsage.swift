internal import CLinux
internal import Glibc

/// What the process uses of the machine at one moment, as the kernel tells it. Reading is a handful of system calls.
public struct ProcessUsage: Sendable, Equatable {
  /// CPU time of all threads, in user and kernel mode.
  public var cpuSeconds: Double
  public var residentBytes: UInt64
  public var virtualBytes: UInt64
  public var openDescriptors: UInt64
  /// Descriptors that may be open; nil: the system sets no limit.
  public var maximumDescriptors: UInt64?
  public var threads: UInt64

  /// Nil without /proc.
  public static func now() -> ProcessUsage? {
    guard let (threads, virtual, pages) = statistics(), let descriptors = countDescriptors() else { return nil }
    var usage = rusage()
    guard unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return nil }
    return ProcessUsage(
      cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
      residentBytes: pages &* UInt64(clamping: sysconf(Int32(_SC_PAGESIZE))), virtualBytes: virtual,
      openDescriptors: descriptors, maximumDescriptors: maximumDescriptors(), threads: threads)
  }

  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

  /// Threads, bytes of address space and resident pages, which are fields 20, 23 and 24 of /proc/self/stat (proc(5)). The
  /// second field, the name, may hold blanks and parentheses, so that counting begins behind its end.
  private static func statistics() -> (threads: UInt64, virtual: UInt64, pages: UInt64)? {
    guard let text = file("/proc/self/stat"), let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[end...].split(separator: " ").map { UInt64($0) }
    let (threads, virtual, pages) = (20 - 2, 23 - 2, 24 - 2)
    guard fields.count > pages, let threads = fields[threads], let virtual = fields[virtual],
      let pages = fields[pages]
    else { return nil }
    return (threads, virtual, pages)
  }

  private static func file(_ path: String) -> String? {
    let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return nil }
    let descriptor = Descriptor(owning: number)
    var bytes = [UInt8](repeating: 0, count: 1_024)
    let count = unsafe read(descriptor.number, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
  }

  /// Since Linux 6.2 the size of the folder is their number; before, its entries are counted.
  private static func countDescriptors() -> UInt64? {
    var information = stat()
    if unsafe stat("/proc/self/fd", &information) == 0, information.st_size > 0 { return UInt64(information.st_size) }
    guard let folder = unsafe opendir("/proc/self/fd") else { return nil }
    defer { unsafe closedir(folder) }
    var count: UInt64 = 0
    while unsafe readdir(folder) != nil { count += 1 }
    // Not the folder itself, `.` and `..`.
    return count > 3 ? count - 3 : 0
  }

  private static func maximumDescriptors() -> UInt64? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur != .max else {
      return nil
    }
    return UInt64(limit.rlim_cur)
  }
}
