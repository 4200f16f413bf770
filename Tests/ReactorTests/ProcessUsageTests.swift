import Glibc
import Reactor
import Testing

/// Other tests of this process run meanwhile, so that what is compared has room for what they do.
@Suite("What the process uses is what the kernel says of it", .serialized)
struct ProcessUsageTests {
  @Test("Memory that is touched is resident")
  func memory() throws {
    let before = try #require(ProcessUsage.now())
    let size = 64 << 20
    let memory = [UInt8](repeating: 7, count: size)
    let after = try #require(ProcessUsage.now())
    #expect(memory[size - 1] == 7)
    #expect(after.residentBytes >= before.residentBytes + UInt64(size / 2))
    #expect(after.virtualBytes >= after.residentBytes)
  }

  @Test("Time on the processor counts, of all threads")
  func time() throws {
    let before = try #require(ProcessUsage.now())
    var value = clock()
    let end = value + 50_000
    while value < end { value = clock() }
    let after = try #require(ProcessUsage.now())
    // clock() counts microseconds of the same kind.
    #expect(after.cpuSeconds >= before.cpuSeconds + 0.045)
    #expect(after.threads >= 1)
  }

  @Test("Descriptors are counted, up to their limit")
  func descriptors() throws {
    let before = try #require(ProcessUsage.now())
    let more = (0..<200).map { _ in dup(0) }
    defer { for number in more { close(number) } }
    let after = try #require(ProcessUsage.now())
    #expect(more.allSatisfy { $0 >= 0 })
    #expect(after.openDescriptors >= before.openDescriptors + 100)
    #expect(after.openDescriptors <= before.openDescriptors + 400)
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    #expect(after.maximumDescriptors == (limit.rlim_cur == .max ? nil : UInt64(limit.rlim_cur)))
  }
}
