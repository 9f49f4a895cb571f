// swift-tools-version: 6.2
import PackageDescription

let swift: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let servable = Target.Dependency.product(name: "Servable", package: "tandem")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let nio = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let http1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let compression = Target.Dependency.product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let nioTLS = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")

/// Apart from the pipeline's package, whose build so does not wait for a web server's.
let package = Package(
  name: "tandem-server",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "serve", targets: ["serve"])],
  dependencies: [
    .package(name: "tandem", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .target(name: "ModelVersions", dependencies: [servable, logging, lifecycle, nio], swiftSettings: swift),
    .testTarget(
      name: "ModelVersionsTests", dependencies: ["ModelVersions", servable, logging],
      exclude: ["Fixtures"], swiftSettings: swift),
    .target(name: "JSON", swiftSettings: swift),
    // Measures how costs grow, for tests.
    .target(name: "Linearity", path: "Tests/Linearity", swiftSettings: swift),
    .testTarget(name: "JSONTests", dependencies: ["JSON", "Linearity"], swiftSettings: swift),
    .testTarget(name: "ServingTests", dependencies: ["Serving", "JSON", "Linearity"], swiftSettings: swift),
    .target(
      name: "Serving",
      dependencies: [
        "JSON", "ModelVersions", servable, hummingbirdCore, compression, http1, logging, nio, nioCore, nioTLS,
      ],
      resources: [.embedInCode("Resources/page.html"), .embedInCode("Resources/openapi.json")], swiftSettings: swift),
    .executableTarget(
      name: "serve",
      dependencies: [
        "Serving", "ModelVersions", servable, hummingbirdCore, nio, nioCore, arguments, logging, lifecycle, signals,
      ],
      swiftSettings: swift),
    // What Benchmarks/serving measures beside.
    .executableTarget(name: "empty-handler", dependencies: [hummingbird], swiftSettings: swift),
  ]
)
