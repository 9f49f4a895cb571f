// swift-tools-version: 6.2
import PackageDescription

let swift: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Kernels are optimised in every configuration: `swift run` and `swift test` build in debug.
let optimised: [CSetting] = [.unsafeFlags(["-O3", "-ffp-contract=off", "-Wno-psabi"])]

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swift)
}

func program(_ name: String, _ dependencies: [Target.Dependency], linker: [LinkerSetting] = []) -> Target {
  .executableTarget(name: name, dependencies: [arguments] + dependencies, swiftSettings: swift, linkerSettings: linker)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name), "TestKit"] + dependencies, resources: resources,
    swiftSettings: swift)
}

let package = Package(
  name: "tandem",
  products: [
    .library(name: "CandidateIndex", targets: ["CandidateIndex"]),
    .library(name: "Servable", targets: ["Servable"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // C libraries and the few lines of C that Swift cannot say.
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CKernels", cSettings: optimised),
    .target(name: "CSystem"),

    // Libraries, each depending only on those above it.
    library("Kernels", ["CKernels", "CSystem"]),
    library("Artifacts", ["CZstd", "CSystem", "Kernels", crypto]),
    library("Tables", ["Artifacts"]),
    library("Interactions", ["Tables", "Artifacts", "CZlib", "CZstd", "Kernels"]),
    library("LinearAlgebra", ["Kernels"]),
    library("TwoTower", ["Interactions", "Tables", "Artifacts", "LinearAlgebra", "Kernels"]),
    library("CandidateIndex", ["Artifacts", "LinearAlgebra", "Kernels"]),
    library("Evaluation", ["TwoTower", "Interactions", "Tables", "Artifacts", "LinearAlgebra", "Kernels"]),
    library("Servable", ["CandidateIndex", "TwoTower", "Interactions", "Tables", "Artifacts", "Kernels"]),
    library("Inspection", ["Tables", "Artifacts"]),
    library("StageKit", ["Artifacts", "Kernels", arguments]),
    library("Pipeline", ["Artifacts", "CSystem", yams]),

    // The seven stages.
    program("ingest", ["StageKit", "Interactions", "Tables", "Artifacts"]),
    program("vocab", ["StageKit", "Interactions", "Tables", "Artifacts"]),
    program("split", ["StageKit", "Interactions", "Tables", "Artifacts"]),
    program("train", ["StageKit", "Evaluation", "TwoTower", "Kernels", "Interactions", "Tables", "Artifacts"]),
    program(
      "evaluate",
      ["StageKit", "CandidateIndex", "Evaluation", "TwoTower", "Interactions", "Kernels", "Tables", "Artifacts"]),
    // A debug product called "index" would be linked onto SwiftPM's own index store, .build/debug/index.
    program(
      "index", ["StageKit", "CandidateIndex", "TwoTower", "Interactions", "Kernels", "Artifacts"],
      linker: [
        .unsafeFlags(["-o", Context.packageDirectory + "/.build/index-debug"], .when(configuration: .debug))
      ]),
    program(
      "serve-export",
      ["StageKit", "Servable", "CandidateIndex", "Evaluation", "TwoTower", "Interactions", "Tables", "Artifacts"]),

    // The tools.
    program("runner", ["Pipeline", "Artifacts"]),
    program("inspect", ["Inspection", "Artifacts"]),
    program("recommend", ["StageKit", "Servable", "CandidateIndex", "Artifacts", "Kernels"]),

    // What benchmarks need and no stage has.
    .target(name: "CPeak", cSettings: optimised),
    .executableTarget(name: "kernel-benchmark", dependencies: ["TwoTower", "Kernels", "CPeak"], swiftSettings: swift),
    program("servable-benchmark", ["TwoTower", "Interactions", "Tables", "Artifacts", "Kernels"]),
    program("index-benchmark", ["CandidateIndex", "Artifacts", "Kernels", "CPeak"]),

    // The program of Docs/library.md, which sees what other packages see.
    .executableTarget(
      name: "nearest-neighbours", dependencies: ["CandidateIndex"], path: "Examples/nearest-neighbours",
      packageAccess: false, swiftSettings: swift),

    // What several test targets need.
    .target(name: "TestKit", dependencies: ["Artifacts"], path: "Tests/TestKit", swiftSettings: swift),
    tests("Kernels", ["CKernels"]),
    tests("Artifacts", ["CZstd", "Kernels"]),
    tests("Tables", ["Artifacts"]),
    tests("Interactions", ["Tables", "Artifacts", "Kernels", "StageKit", "split", arguments]),
    tests("TwoTower", ["Interactions", "Artifacts"], resources: [.copy("Fixtures")]),
    tests("CandidateIndex", ["Artifacts", "Kernels"]),
    tests("Evaluation", ["TwoTower", "Interactions", "Tables", "Artifacts"]),
    tests("Servable", ["CandidateIndex", "TwoTower", "Interactions", "Tables", "Artifacts"]),
    tests("Inspection", ["Tables", "Artifacts"]),
    tests("StageKit", ["Artifacts", arguments]),
    tests("Pipeline", ["Artifacts", "runner"]),
  ]
)
