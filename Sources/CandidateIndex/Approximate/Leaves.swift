import Artifacts
import Kernels

/// Candidates in the order of their leaves: codes in blocks of 32, vectors, and which candidate stands where.
struct Leaves: Sendable {
  static let block = 32

  /// Leaf l has places `starts[l]..<starts[l + 1]`.
  let starts: Storage<UInt64>
  /// The block of codes that each leaf begins with, and the number of all.
  let blocks: [Int]
  let codes: Storage<UInt8>
  /// The candidate at each place.
  let numbers: Storage<UInt32>
  /// The place of each candidate.
  let places: Storage<UInt32>
  /// Rows of `stride` floats in the order of places.
  let vectors: Storage<Float>
  let stride: Int
  let subspaces: Int

  var count: Int { numbers.count }

  func range(of leaf: Int) -> Range<Int> { Int(starts[leaf])..<Int(starts[leaf + 1]) }

  func codes(of leaf: Int) -> UnsafePointer<UInt8>? {
    codes.values.baseAddress.map { $0 + blocks[leaf] * Self.block / 2 * subspaces }
  }

  /// - Parameters:
  ///   - matrix: the vectors; candidate c is row `first + c`.
  ///   - assignment: the leaf of each candidate.
  init(
    _ matrix: Matrix, first: Int, members: Members, centroids: Matrix, quantizer: ProductQuantizer, threads: Int
  ) {
    let boundaries = members.boundaries
    let order = members.all
    let blocks = Self.blocks(boundaries)
    let subspaces = quantizer.subspaces
    let target = EncodedLeaves(
      codes: (blocks.last ?? 0) * Self.block / 2 * subspaces, floats: order.count * matrix.stride)
    parallel(blocks: boundaries.count - 1, threads: threads) { leaf in
      let vector = AlignedFloats(quantizer.paddedDimension)
      let residual = AlignedFloats(matrix.stride)
      let codes = Codes(subspaces)
      for place in boundaries[leaf]..<boundaries[leaf + 1] {
        let row = matrix.pointer(row: first + Int(order[place]))
        (target.vectors + place * matrix.stride).update(from: row, count: matrix.stride)
        residual.pointer.update(from: row, count: matrix.stride)
        addScaled(centroids.pointer(row: leaf), by: -1, to: residual.pointer, count: matrix.stride)
        quantizer.encode(residual.pointer, through: vector, into: codes.pointer)
        let own = place - boundaries[leaf]
        let start = target.codes + (blocks[leaf] + own / Self.block) * Self.block / 2 * subspaces
        for subspace in 0..<subspaces {
          start[subspace * 16 + own % 16] |= codes.pointer[subspace] << (own % Self.block < 16 ? 0 : 4)
        }
      }
    }
    var places = [UInt32](repeating: 0, count: order.count)
    for (place, candidate) in order.enumerated() { places[Int(candidate)] = UInt32(place) }
    starts = Storage(copying: boundaries.map { UInt64($0) })
    self.blocks = blocks
    codes = Storage(target.codeBytes, owner: target)
    vectors = Storage(target.floats, owner: target)
    numbers = Storage(copying: order.map { UInt32($0) })
    self.places = Storage(copying: places)
    stride = matrix.stride
    self.subspaces = subspaces
  }

  private static func blocks(_ boundaries: [Int]) -> [Int] {
    var blocks = [0]
    for leaf in 1..<max(boundaries.count, 1) {
      blocks.append(blocks[leaf - 1] + (boundaries[leaf] - boundaries[leaf - 1] + block - 1) / block)
    }
    return blocks
  }

  func write(to writer: ArtifactWriter) throws {
    try writer.add("leaf_starts", Array(starts.values), codec: .raw)
    try writer.add("codes", Array(codes.values), shape: [(blocks.last ?? 0), subspaces, Self.block / 2], codec: .raw)
    try writer.add("numbers", Array(numbers.values), codec: .raw)
    try writer.add("places", Array(places.values), codec: .raw)
    try writer.add("vectors", Array(vectors.values), shape: [count, stride], codec: .raw)
  }

  /// Opens leaves where they lie in a file; every length is checked against the others, every leaf's bounds too.
  init(_ file: ArtifactFile, leafCount: Int, count: Int, stride: Int, subspaces: Int) throws {
    func mapped<Element: SectionElement>(_ name: String, _ shape: [Int]) throws -> Storage<Element> {
      guard file.section(name)?.shape == shape else {
        throw FileError(
          file.path, ArtifactError.malformed(part: "section \"\(name)\"", reason: "its shape is not \(shape)"))
      }
      return Storage(try file.mapped(name), owner: file)
    }
    starts = try mapped("leaf_starts", [leafCount + 1])
    var last: UInt64 = 0
    for (place, start) in starts.values.enumerated() {
      guard start >= last, start <= UInt64(count), place > 0 || start == 0 else {
        throw FileError(
          file.path,
          ArtifactError.malformed(part: "section \"leaf_starts\"", reason: "leaf \(place) begins at \(start)"))
      }
      last = start
    }
    guard last == UInt64(count) else {
      throw FileError(
        file.path,
        ArtifactError.malformed(part: "section \"leaf_starts\"", reason: "the leaves have not all candidates"))
    }
    blocks = Self.blocks(starts.values.map { Int($0) })
    codes = try mapped("codes", [blocks.last ?? 0, subspaces, Self.block / 2])
    numbers = try mapped("numbers", [count])
    places = try mapped("places", [count])
    vectors = try mapped("vectors", [count, stride])
    self.stride = stride
    self.subspaces = subspaces
  }
}

/// Room for codes and vectors, written leaf by leaf from any thread.
private final class EncodedLeaves: @unchecked Sendable {
  let codes: UnsafeMutablePointer<UInt8>
  let vectors: UnsafeMutablePointer<Float>
  private let codeCount: Int
  private let floatCount: Int
  private let block: AlignedFloats

  init(codes codeCount: Int, floats floatCount: Int) {
    self.codeCount = codeCount
    self.floatCount = floatCount
    codes = .allocate(capacity: max(codeCount, 1))
    codes.initialize(repeating: 0, count: max(codeCount, 1))
    block = AlignedFloats(uninitialised: floatCount)
    vectors = block.pointer
  }

  deinit { codes.deallocate() }

  var codeBytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: codes, count: codeCount) }
  var floats: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: vectors, count: floatCount) }
}
