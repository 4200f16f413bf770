import CLinux

/// How many processors this process may run on: what `taskset`, a cpuset or systemd's CPUAffinity leave of the machine.
package enum Processors {
  package static var available: Int {
    min(max(Int(clinux_available_processors()), 1), Ranges.workers.upperBound)
  }
}
