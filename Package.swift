// swift-tools-version: 6.2
import PackageDescription

/// For tests and generated code.
let plain: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Every use of raw memory is marked `unsafe`, and files say how far their imports reach.
let swift: [SwiftSetting] = plain + [.strictMemorySafety(), .enableUpcomingFeature("InternalImportsByDefault")]

/// Kernels are optimised in every configuration: `swift run` and `swift test` build in debug.
let optimised: [CSetting] = [.unsafeFlags(["-O3", "-ffp-contract=off", "-Wno-psabi"])]

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// Small modules that know nothing of the project; every library, program and test may import them.
let foundationNames = [
  "SystemFiles", "CanonicalJSON", "DisplayText", "ParallelLoops", "BasicAlgorithms",
]

let foundations = foundationNames.map { Target.Dependency(stringLiteral: $0) }

func foundation(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swift)
}

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies + foundations, swiftSettings: swift)
}

func program(_ name: String, _ dependencies: [Target.Dependency], linker: [LinkerSetting] = []) -> Target {
  .executableTarget(
    name: name, dependencies: [arguments] + dependencies + foundations, swiftSettings: swift, linkerSettings: linker)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.target(name: name), "TestKit"] + dependencies
      + foundationNames.filter { $0 != name }.map { Target.Dependency(stringLiteral: $0) },
    exclude: exclude, resources: resources, swiftSettings: plain)
}

let package = Package(
  name: "tandem",
  products: [
    .library(name: "Servable", targets: ["Servable"]),
    .library(name: "VectorLibrary", targets: ["VectorLibrary"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // C libraries and the few lines of C that Swift cannot say.
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),
    .systemLibrary(name: "CSnappy", providers: [.apt(["libsnappy-dev"])]),
    .systemLibrary(name: "CLz4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(name: "CKernels", cSettings: optimised),
    .target(name: "CSystemCalls"),

    // Libraries, each depending only on those above it.
    foundation("BasicAlgorithms"),
    foundation("DisplayText"),
    foundation("CanonicalJSON", ["DisplayText"]),
    foundation("SystemFiles", ["CSystemCalls"]),
    foundation("ParallelLoops", ["CSystemCalls"]),
    library("Kernels", ["CKernels"]),
    library("RandomNumbers", ["Kernels"]),
    library("LinearAlgebra", ["Kernels"]),
    library("Artifacts", ["CZstd", "CNettle", "Kernels"]),
    library("Tables", ["Artifacts"]),
    library("MetricTable", ["Tables", "Artifacts"]),
    library("Parquet", ["CSnappy", "CLz4", "CZlib", "CZstd"]),
    library(
      "Interactions",
      ["Tables", "Artifacts", "Parquet", "CSQLite", "CZlib", "CZstd", "RandomNumbers", "Kernels"]),
    library("DataChecks", ["Interactions", "Tables", "Artifacts", "CLibYAML"]),
    library("Features", ["Interactions", "Tables", "Artifacts", "LinearAlgebra", "Kernels"]),
    library(
      "TwoTower", ["Features", "Interactions", "Tables", "Artifacts", "LinearAlgebra", "RandomNumbers", "Kernels"]),
    library(
      "ColdStart",
      ["Features", "TwoTower", "Interactions", "Tables", "Artifacts", "LinearAlgebra", "RandomNumbers", "Kernels"]),
    library("CandidateIndex", ["Artifacts", "LinearAlgebra", "RandomNumbers", "Kernels"]),
    library("VectorLibrary", ["CandidateIndex", "Artifacts", "RandomNumbers", "Kernels"]),
    library(
      "Evaluation",
      [
        "CandidateIndex", "MetricTable", "TwoTower", "Features", "Interactions", "Tables", "Artifacts", "LinearAlgebra",
        "RandomNumbers", "Kernels",
      ]),
    library(
      "Servable",
      [
        "CandidateIndex", "TwoTower", "Features", "Interactions", "Tables", "Artifacts", "LinearAlgebra", "Kernels",
      ]),
    // Generated by Scripts/generate-messages.
    .target(
      name: "ServingMessages", dependencies: [protobuf], exclude: ["onnx.proto", "tensorflow.proto"],
      swiftSettings: plain),
    library(
      "ExportedForms",
      ["ServingMessages", "Servable", "CandidateIndex", "Features", "Tables", "Artifacts", "Kernels", protobuf]),
    library("Inspection", ["MetricTable", "Tables", "Artifacts"]),
    library("Monitoring", ["Artifacts", "Kernels"]),
    library("StageKit", ["Artifacts", "Kernels", arguments]),
    library(
      "ModelTraining",
      [
        "StageKit", "Monitoring", "Evaluation", "TwoTower", "Features", "Interactions", "Tables", "Artifacts",
        "Kernels", arguments,
      ]),
    library(
      "Tuning",
      [
        "ModelTraining", "StageKit", "Evaluation", "MetricTable", "TwoTower", "Features", "Interactions", "Tables",
        "RandomNumbers", "Artifacts", "Kernels", arguments,
      ]),
    library("Pipeline", ["Artifacts", "CSystemCalls", yams]),
    library("RunHistory", ["Pipeline", "MetricTable", "Tables", "Artifacts"]),
    library("RunDisplay", ["Pipeline"]),

    // The stages.
    program("ingest", ["StageKit", "Interactions", "Tables", "Artifacts"]),
    program("vocab", ["StageKit", "Features", "Interactions", "Tables", "LinearAlgebra", "Artifacts"]),
    program("check", ["StageKit", "DataChecks", "Interactions", "Artifacts"]),
    program("split", ["StageKit", "DataChecks", "Interactions", "Tables", "Artifacts"]),
    program(
      "tune",
      [
        "Tuning", "ModelTraining", "StageKit", "Monitoring", "Evaluation", "TwoTower", "Features", "Interactions",
        "Tables", "Artifacts",
      ]),
    program("train", ["ModelTraining", "StageKit", "Evaluation", "TwoTower", "Features", "Interactions", "Artifacts"]),
    program("ensemble", ["ModelTraining", "StageKit", "TwoTower", "Interactions", "Artifacts"]),
    program(
      "cold-start", ["ColdStart", "Features", "StageKit", "TwoTower", "Interactions", "Artifacts"]),
    program(
      "evaluate",
      ["StageKit", "Monitoring", "CandidateIndex", "Evaluation", "TwoTower", "Features", "Interactions", "Artifacts"]),
    // A debug product called "index" would be linked onto SwiftPM's own index store, .build/debug/index.
    program(
      "index", ["StageKit", "CandidateIndex", "TwoTower", "Interactions", "Tables", "Kernels", "Artifacts"],
      linker: [
        .unsafeFlags(["-o", Context.packageDirectory + "/.build/index-debug"], .when(configuration: .debug))
      ]),
    program(
      "serve-export",
      [
        "StageKit", "Monitoring", "ExportedForms", "Servable", "CandidateIndex", "Evaluation", "TwoTower", "Features",
        "DataChecks", "Interactions", "Tables", "Artifacts",
      ]),

    program(
      "bulk-recommend", ["StageKit", "Monitoring", "Servable", "Interactions", "Tables", "Artifacts"]),

    // The tools.
    program("runner", ["RunHistory", "RunDisplay", "Pipeline", "Artifacts"]),
    program("inspect", ["Inspection", "DataChecks", "Artifacts"]),
    program("recommend", ["Monitoring", "Servable", "CandidateIndex", "Artifacts", "Kernels"]),

    // What benchmarks need and no stage has.
    .target(name: "CPeak", cSettings: optimised),
    .executableTarget(
      name: "kernel-benchmark", dependencies: ["TwoTower", "Tables", "RandomNumbers", "Kernels", "CPeak"],
      swiftSettings: swift),
    program("servable-benchmark", ["TwoTower", "Interactions", "Tables", "Artifacts", "RandomNumbers", "Kernels"]),
    program("index-benchmark", ["CandidateIndex", "Artifacts", "Kernels", "CPeak"]),

    // The program of Docs/how-to/use-the-index-as-a-library.md, which sees what other packages see.
    .executableTarget(
      name: "nearest-neighbours", dependencies: ["VectorLibrary"], path: "Examples/nearest-neighbours",
      packageAccess: false, swiftSettings: swift),

    // What several test targets need.
    .target(
      name: "TestKit", dependencies: ["Artifacts", "RandomNumbers", "Kernels"] + foundations, path: "Tests/TestKit",
      swiftSettings: plain
    ),
    tests("DisplayText", ["RandomNumbers"]),
    tests("CanonicalJSON", []),
    tests("SystemFiles", []),
    tests("ParallelLoops", ["Kernels"]),
    tests("Kernels", ["CKernels", "RandomNumbers"]),
    tests("RandomNumbers", ["Kernels"]),
    tests("LinearAlgebra", ["RandomNumbers", "Kernels"]),
    tests("Artifacts", ["CZstd", "Kernels"]),
    tests("Tables", ["Artifacts"]),
    tests(
      "Parquet", ["Interactions", "Tables", "RandomNumbers", "Kernels"], exclude: ["make", "make.py"],
      resources: [.copy("Fixtures")]),
    tests("Interactions", ["Tables", "Artifacts", "RandomNumbers", "Kernels"]),
    tests("DataChecks", ["Interactions", "Tables", "Artifacts", "RandomNumbers"]),
    .testTarget(
      name: "DataStagesTests",
      dependencies: [
        "TestKit", "ingest", "split", "StageKit", "Interactions", "Tables", "Artifacts", "RandomNumbers", "Kernels",
        arguments,
      ] + foundations,
      swiftSettings: plain),
    tests(
      "TwoTower",
      ["Features", "Interactions", "Tables", "Artifacts", "LinearAlgebra", "RandomNumbers", "Kernels"],
      resources: [.copy("Fixtures")]),
    tests("Features", ["Interactions", "Tables", "Artifacts", "LinearAlgebra"]),
    tests(
      "ColdStart",
      ["Features", "TwoTower", "Interactions", "Tables", "Artifacts", "LinearAlgebra", "RandomNumbers", "Kernels"]),
    tests("CandidateIndex", ["Artifacts", "RandomNumbers", "Kernels"]),
    tests("VectorLibrary", ["CandidateIndex", "Artifacts", "RandomNumbers", "Kernels"]),
    tests(
      "Evaluation",
      [
        "CandidateIndex", "MetricTable", "TwoTower", "Features", "Interactions", "Tables", "LinearAlgebra", "Artifacts",
        "RandomNumbers", "Kernels",
      ]),
    tests(
      "Tuning",
      [
        "ModelTraining", "StageKit", "Evaluation", "TwoTower", "Features", "Interactions", "Tables", "LinearAlgebra",
        "RandomNumbers", "Artifacts",
      ]),
    tests(
      "ModelTraining",
      ["StageKit", "TwoTower", "Features", "Interactions", "Tables", "Artifacts", "Kernels", arguments]),
    tests(
      "Servable",
      ["CandidateIndex", "TwoTower", "Features", "Interactions", "Tables", "Artifacts", "RandomNumbers", "Kernels"]),
    tests(
      "ExportedForms",
      [
        "ServingMessages", "Servable", "CandidateIndex", "TwoTower", "Features", "Interactions", "Tables", "Artifacts",
        "Kernels",
        protobuf,
      ]),
    tests("Inspection", ["Tables", "Artifacts"]),
    tests("Monitoring", ["Artifacts"]),
    tests("StageKit", ["Artifacts", arguments]),
    tests("RunDisplay", ["Pipeline"]),
    tests("Pipeline", ["RunHistory", "RunDisplay", "Artifacts", "runner"], exclude: ["Fixtures"]),
    .testTarget(
      name: "GoldenArtifactsTests",
      dependencies: [
        "Servable", "CandidateIndex", "ModelTraining", "Evaluation", "TwoTower", "DataChecks", "Features",
        "Interactions", "Tables", "Artifacts", "LinearAlgebra", "Kernels", "SystemFiles",
      ],
      exclude: ["make"], resources: [.copy("Fixtures")], swiftSettings: plain),
  ]
)
