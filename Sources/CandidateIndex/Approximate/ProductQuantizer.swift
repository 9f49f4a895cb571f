import Kernels

/// Product quantisation with 4 bits a subspace (Jégou, Douze & Schmid, 2011): a residual is cut into parts of a few
/// dimensions, and each is replaced by the nearest of 16 codewords.
struct ProductQuantizer: Sendable {
  static let codewords = 16

  let dimension: Int
  /// Dimensions of a subspace.
  let width: Int
  /// An even number; the last ones may be padding.
  let subspaces: Int
  /// Element i of codeword c of subspace s at `(s * width + i) * 16 + c`.
  let codebooks: AlignedFloats

  init(dimension: Int, width: Int, codebooks: AlignedFloats) {
    self.dimension = dimension
    self.width = width
    subspaces = Self.subspaces(of: dimension, width: width)
    self.codebooks = codebooks
    precondition(codebooks.count == subspaces * width * Self.codewords, "\(codebooks.count) floats of codebooks")
  }

  static func subspaces(of dimension: Int, width: Int) -> Int { ((dimension + width - 1) / width + 1) / 2 * 2 }

  /// Two dimensions a subspace while sums of table entries have room for them.
  static func width(for dimension: Int) -> Int { dimension <= 512 ? 2 : 4 }

  /// The greatest table entry with which sums stay below 65,536.
  var greatestEntry: Int { min(255, 65_535 / subspaces) }

  /// Floats of a vector with the padding of the last subspaces.
  var paddedDimension: Int { subspaces * width }

  /// - Parameter residuals: at least one row.
  static func train(
    on residuals: Matrix, width: Int, iterations: Int, seed: UInt64, threads: Int
  ) -> ProductQuantizer {
    let subspaces = subspaces(of: residuals.columns, width: width)
    let codebooks = AlignedFloats(subspaces * width * codewords)
    var random = RandomGenerator(seed: seed, stream: "codewords")
    let order = random.permutation(residuals.rows)
    for codeword in 0..<codewords {
      let row = residuals.pointer(row: order[codeword % order.count])
      for column in 0..<residuals.columns { codebooks[column * codewords + codeword] = row[column] }
    }
    let quantizer = ProductQuantizer(dimension: residuals.columns, width: width, codebooks: codebooks)
    for _ in 0..<iterations { quantizer.move(on: residuals, &random, threads: threads) }
    return quantizer
  }

  /// One round of Lloyd's: every codeword goes to the mean of the parts that it stands for.
  private func move(on residuals: Matrix, _ random: inout RandomGenerator, threads: Int) {
    let size = 1024
    let blocks = (residuals.rows + size - 1) / size
    // A sum a block, added up in the order of blocks.
    let sums = CodewordSums(blocks: blocks, entries: codebooks.count, codes: subspaces * Self.codewords)
    parallel(blocks: blocks, threads: threads) { block in
      let codes = Codes(subspaces)
      let vector = AlignedFloats(paddedDimension)
      for row in block * size..<min((block + 1) * size, residuals.rows) {
        encode(residuals.pointer(row: row), through: vector, into: codes.pointer)
        sums.add(vector, codes.pointer, subspaces: subspaces, width: width, block: block)
      }
    }
    for subspace in 0..<subspaces {
      for codeword in 0..<Self.codewords {
        let count = sums.count(of: subspace * Self.codewords + codeword)
        let spare = residuals.pointer(row: Int(random.below(UInt64(residuals.rows))))
        for column in subspace * width..<(subspace + 1) * width {
          let place = column * Self.codewords + codeword
          // A codeword without parts tries another one.
          codebooks[place] =
            count > 0 ? Float(sums.total(of: place) / Double(count)) : column < dimension ? spare[column] : 0
        }
      }
    }
  }

  /// - Parameters:
  ///   - residual: `dimension` floats.
  ///   - vector: room for the padded residual.
  ///   - codes: one byte a subspace.
  func encode(
    _ residual: UnsafePointer<Float>, through vector: AlignedFloats, into codes: UnsafeMutablePointer<UInt8>
  ) {
    vector.pointer.update(from: residual, count: dimension)
    Kernels.encode(
      vector.pointer, codebooks: codebooks.pointer, subspaces: subspaces, dimensions: width, codes: codes)
  }
}

/// Bytes for the codes of one vector.
final class Codes {
  let pointer: UnsafeMutablePointer<UInt8>

  init(_ count: Int) {
    pointer = .allocate(capacity: max(count, 1))
    pointer.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { pointer.deallocate() }
}

/// Sums and counts of the parts of each codeword, apart for each block of rows.
private final class CodewordSums: @unchecked Sendable {
  private let blocks: Int
  private let entries: Int
  private let codes: Int
  private let sums: UnsafeMutablePointer<Double>
  private let counts: UnsafeMutablePointer<Int>

  init(blocks: Int, entries: Int, codes: Int) {
    (self.blocks, self.entries, self.codes) = (blocks, entries, codes)
    sums = .allocate(capacity: blocks * entries)
    sums.initialize(repeating: 0, count: blocks * entries)
    counts = .allocate(capacity: blocks * codes)
    counts.initialize(repeating: 0, count: blocks * codes)
  }

  deinit {
    sums.deallocate()
    counts.deallocate()
  }

  func add(_ vector: AlignedFloats, _ code: UnsafePointer<UInt8>, subspaces: Int, width: Int, block: Int) {
    let (sums, counts) = (sums + block * entries, counts + block * codes)
    let values = vector.pointer
    for subspace in 0..<subspaces {
      let codeword = Int(code[subspace])
      counts[subspace * ProductQuantizer.codewords + codeword] += 1
      for column in subspace * width..<(subspace + 1) * width {
        sums[column * ProductQuantizer.codewords + codeword] += Double(values[column])
      }
    }
  }

  func total(of entry: Int) -> Double { (0..<blocks).reduce(0) { $0 + sums[$1 * entries + entry] } }

  func count(of code: Int) -> Int { (0..<blocks).reduce(0) { $0 + counts[$1 * codes + code] } }
}
