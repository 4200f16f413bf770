// swift-tools-version: 6.2
import PackageDescription

/// Every target: Swift 6 mode, warnings are errors, no implicit existential, no leaking import.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Sources also mark every use of an unsafe construct, and may hand out spans of memory that they own.
let source: [SwiftSetting] =
  strict + [
    .strictMemorySafety(),
    .enableExperimentalFeature("Lifetimes"),
    // The byte functions cost nothing only where they are inlined into the modules above.
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
  ]

/// How the program is linked: what nothing refers to is left out, no symbol is exported, and the 35,000 addresses that the
/// loader corrects at the start take little room and time (glibc 2.36 and later).
let linking: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker", "--no-export-dynamic", "-Xlinker", "-z", "-Xlinker",
      "pack-relative-relocs",
    ], .when(configuration: .release))
]

/// The tests of the statistics simulate millions of requests, those of the migration move a hundred thousand contexts: these
/// targets are optimised in a debug build, too.
let computing: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
  name: "turnout",
  products: [.executable(name: "turnout", targets: ["turnout"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
  ],
  targets: [
    // C
    .target(name: "CLinux"),
    .systemLibrary(name: "CHiredis"),
    .systemLibrary(name: "CMariaDB"),
    .systemLibrary(name: "COpenSSL"),
    .systemLibrary(name: "CYAML"),

    // pure: no clock, descriptor, lock or JSON
    .target(name: "Bytes", swiftSettings: source),
    .target(name: "HTTPWire", dependencies: ["Bytes"], swiftSettings: source),
    .target(name: "Flags", dependencies: ["Bytes"], swiftSettings: source),
    .target(name: "Statistics", swiftSettings: source + computing),
    .target(name: "Suggestions", swiftSettings: source),

    // system: threads, descriptors
    .target(name: "Concurrency", swiftSettings: source),
    .target(name: "Reactor", dependencies: ["Bytes", "CLinux"], swiftSettings: source),

    .target(name: "TLS", dependencies: ["Reactor", "COpenSSL"], swiftSettings: source),

    // data plane
    .target(
      name: "Proxy", dependencies: ["Reactor", "Concurrency", "HTTPWire", "Flags", "Statistics", "Bytes"],
      swiftSettings: source),

    // control plane
    .target(
      name: "FlagStore",
      dependencies: [
        "Flags", "Bytes", "JSON", "Reactor", "Redis", "Suggestions", "TLS",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: source),
    .target(name: "JSON", swiftSettings: source),
    .target(name: "YAML", dependencies: ["Suggestions", "CYAML"], swiftSettings: source),
    .target(name: "CohortMetrics", dependencies: ["Statistics", "Flags", "Concurrency"], swiftSettings: source),
    .target(
      name: "CohortWindows",
      dependencies: [
        "CohortMetrics", "Statistics", "Flags", "FlagStore", "Redis", "Reactor", "Bytes",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: source),
    .target(name: "LocalServer", dependencies: ["HTTPWire", "Reactor", "Bytes"], swiftSettings: source),
    .target(name: "HTTPClient", dependencies: ["HTTPWire", "Reactor", "Bytes"], swiftSettings: source),
    .target(name: "Dashboard", resources: [.embedInCode("Page")], swiftSettings: source),
    .target(
      name: "Admin",
      dependencies: [
        "LocalServer", "Dashboard", "CohortMetrics", "CohortWindows", "FlagStore", "Flags", "JSON", "Statistics",
        "Concurrency", "Reactor", "Bytes",
      ],
      swiftSettings: source),
    .target(
      name: "Redis", dependencies: ["TLS", "Reactor", "Bytes", "CHiredis", "COpenSSL"],
      swiftSettings: source + computing),
    .target(name: "MySQL", dependencies: ["Reactor", "Bytes", "CMariaDB"], swiftSettings: source + computing),
    .target(
      name: "Conversations",
      dependencies: [
        "Redis", "MySQL", "Flags", "YAML", "Suggestions", "Reactor", "Bytes",
        .product(name: "Logging", package: "swift-log"),
      ],
      resources: [.embedInCode("Layouts/Shipped")], swiftSettings: source + computing),
    .target(
      name: "Diagnostics",
      dependencies: [
        "Conversations", "HTTPClient", "MySQL", "Redis", "FlagStore", "Flags", "JSON", "Reactor", "Bytes",
      ],
      swiftSettings: source),
    .target(
      name: "Samples", dependencies: ["Conversations", "LocalServer", "Flags", "JSON", "Reactor"], swiftSettings: source
    ),
    .target(
      name: "Configuration",
      dependencies: [
        "FlagStore", "Redis", "Reactor", "Suggestions", "Proxy", "Flags", "Statistics", "Bytes", "CLinux", "YAML",
      ],
      swiftSettings: source),

    // program
    .executableTarget(
      name: "turnout",
      dependencies: [
        "Admin", "Bytes", "Configuration", "CohortMetrics", "CohortWindows", "Conversations", "FlagStore", "Flags",
        "HTTPClient", "JSON", "MySQL", "Proxy", "Reactor", "Redis", "Diagnostics", "Samples", "Concurrency",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: source, linkerSettings: linking),

    // tests
    .target(
      name: "TestSupport", dependencies: ["CLinux"], path: "Tests/TestSupport", swiftSettings: strict + computing),
    .testTarget(name: "ArchitectureTests", dependencies: ["TestSupport"], swiftSettings: strict),
    .testTarget(name: "BytesTests", dependencies: ["TestSupport", "Bytes"], swiftSettings: strict),
    .testTarget(name: "HTTPWireTests", dependencies: ["TestSupport", "HTTPWire", "Bytes"], swiftSettings: strict),
    .testTarget(
      name: "FlagsTests", dependencies: ["TestSupport", "Flags"], resources: [.copy("Vectors")], swiftSettings: strict),
    .testTarget(
      name: "StatisticsTests", dependencies: ["TestSupport", "Statistics"], resources: [.copy("Vectors")],
      swiftSettings: strict + computing),
    .testTarget(name: "ConcurrencyTests", dependencies: ["Concurrency"], swiftSettings: strict),
    .testTarget(name: "ReactorTests", dependencies: ["TestSupport", "Reactor", "Bytes"], swiftSettings: strict),
    .testTarget(
      name: "FlagStoreTests",
      dependencies: [
        "TestSupport", "FlagStore", "Flags", "JSON", "Redis", .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ProxyTests",
      dependencies: [
        "TestSupport", "Configuration", "FlagStore", "Proxy", "HTTPWire", "Flags", "Statistics", "Bytes",
        "CohortMetrics", "Concurrency", "Reactor",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CohortMetricsTests", dependencies: ["CohortMetrics", "Statistics", "Concurrency", "Flags"],
      swiftSettings: strict),
    .testTarget(
      name: "CohortWindowsTests",
      dependencies: [
        "TestSupport", "CohortWindows", "CohortMetrics", "Statistics", "Flags", "FlagStore", "Redis",
        "Reactor",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(name: "YAMLTests", dependencies: ["YAML"], swiftSettings: strict),
    .testTarget(name: "RedisTests", dependencies: ["Redis", "TLS", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "MySQLTests", dependencies: ["MySQL", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "LocalServerTests", dependencies: ["LocalServer", "TestSupport", "Bytes"], swiftSettings: strict),
    .testTarget(
      name: "HTTPClientTests", dependencies: ["HTTPClient", "LocalServer", "Reactor"], swiftSettings: strict),
    .testTarget(
      name: "AdminTests",
      dependencies: [
        "TestSupport", "Admin", "LocalServer", "CohortMetrics", "CohortWindows", "FlagStore", "Flags", "JSON",
        "Concurrency",
        "Statistics", "Bytes",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "DashboardTests",
      dependencies: [
        "Dashboard", "Admin", "CohortMetrics", "FlagStore", "Flags", "Concurrency", "Statistics", "TestSupport",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ConversationsTests",
      dependencies: [
        "TestSupport", "Conversations", "Flags", "MySQL", "Reactor", "Redis",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "DiagnosticsTests",
      dependencies: [
        "TestSupport", "Diagnostics", "Conversations", "FlagStore", "Flags", "HTTPClient", "MySQL",
        "Redis", "Reactor", "LocalServer",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SamplesTests",
      dependencies: [
        "Samples", "Conversations", "LocalServer", "Flags", "Reactor", "Redis", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ConfigurationTests",
      dependencies: [
        "TestSupport", "Suggestions", "Configuration", "FlagStore", "Redis", "Proxy", "Flags", "Statistics", "YAML",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "TestSupport", "turnout", "Admin", "Configuration", "Conversations", "Flags", "FlagStore", "HTTPClient",
        "LocalServer",
        "Proxy",
        "Reactor",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "TestSupport", "Conversations", "Flags", "Redis", "LocalServer", "turnout", "CLinux",
      ],
      swiftSettings: strict),
  ]
)

// `TEST_TARGETS="FlagsTests HTTPWireTests" swift test` builds only these test targets and what they need.
if let names = Context.environment["TEST_TARGETS"]?.split(separator: " ").map(String.init) {
  package.targets.removeAll { $0.type == .test && !names.contains($0.name) }
}
