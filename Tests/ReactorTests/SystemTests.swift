import Glibc
import Reactor
import Testing

@Suite struct SystemTests {
  @Test("A call that a signal interrupted is made again, any other failure is passed on")
  func interrupted() {
    var outcomes: [(Int, Int32)] = [(-1, EINTR), (-1, EINTR), (-1, EAGAIN), (5, 0)]
    let call = { () -> Int in
      let (result, code) = outcomes.removeFirst()
      errno = code
      return result
    }
    #expect(retryingInterrupted(call) == -1)
    #expect(errno == EAGAIN)
    #expect(retryingInterrupted(call) == 5)
  }

  @Test("An error says which call failed and why")
  func errorText() {
    #expect(SystemError("bind 127.0.0.1:80", code: EACCES).description == "bind 127.0.0.1:80: Permission denied")
    errno = ENOENT
    #expect(SystemError.last("open") == SystemError("open", code: ENOENT))
  }

  @Test("A descriptor is closed when its owner goes")
  func descriptor() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let reading = Descriptor(owning: ends[0])
    do {
      let writing = Descriptor(owning: ends[1])
      var byte: UInt8 = 1
      #expect(write(writing.number, &byte, 1) == 1)
    }
    var bytes: [UInt8] = [0, 0]
    #expect(read(reading.number, &bytes, 2) == 1)
    #expect(read(reading.number, &bytes, 2) == 0)
  }

  @Test("The monotonic clock never goes back, and the wall clock is that of the system")
  func clocks() {
    var last = MonotonicClock.now()
    for _ in 0..<1_000 {
      let now = MonotonicClock.now()
      #expect(now >= last)
      last = now
    }
    #expect(abs(WallClock.seconds() - time(nil)) <= 1)
  }

  @Test("The limit of descriptors is raised to what the system allows")
  func descriptors() {
    let raised = ProcessLimits.raiseDescriptors()
    var limit = rlimit()
    #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
    #expect(limit.rlim_cur == limit.rlim_max)
    #expect(raised == Int(clamping: limit.rlim_cur))
  }
}
