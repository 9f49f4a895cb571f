import Kernels

/// Product quantisation with 4 bits a subspace (Jégou, Douze & Schmid, 2011): a residual is cut into parts of a few
/// dimensions, and each is replaced by one of 16 codewords.
struct ProductQuantizer: Sendable {
  static let codewords = 16

  let dimension: Int
  /// The first dimension of each subspace, and the number of all.
  let starts: [UInt32]
  /// Element i of codeword c at `16 i + c`.
  let codebooks: AlignedFloats
  /// How much more an error along the vector counts than one across it (Guo et al., ICML 2020, η): it is the one that
  /// moves the scores of queries near the vector.
  let anisotropy: Float

  /// An even number; the last may be empty.
  var subspaces: Int { starts.count - 1 }

  init(starts: [UInt32], codebooks: AlignedFloats, anisotropy: Float) {
    self.starts = starts
    self.codebooks = codebooks
    self.anisotropy = anisotropy
    dimension = Int(starts.last ?? 0)
    precondition(starts.count % 2 == 1, "\(starts.count - 1) subspaces, an odd number")
    precondition(codebooks.count == dimension * Self.codewords, "\(codebooks.count) floats of codebooks")
  }

  /// The greatest table entry with which sums stay below 65,536.
  var greatestEntry: Int { min(255, 65_535 / max(subspaces, 1)) }

  /// - Parameters:
  ///   - residual: `dimension` floats.
  ///   - direction: of the vector itself, of length 1.
  ///   - codes: one byte a subspace.
  func encode(
    _ residual: UnsafePointer<Float>, direction: UnsafePointer<Float>, scratch: CodeScratch,
    into codes: UnsafeMutablePointer<UInt8>
  ) {
    Kernels.encode(
      residual, direction: direction, weight: anisotropy - 1, codebooks: codebooks.pointer, starts: starts,
      room: scratch.floats.pointer, codes: codes)
  }
}

/// Room for the codes of one vector and what they are computed with.
final class CodeScratch {
  let floats: AlignedFloats
  let codes: UnsafeMutablePointer<UInt8>

  init(subspaces: Int) {
    floats = AlignedFloats(uninitialised: 32 * subspaces)
    codes = .allocate(capacity: max(subspaces, 1))
    codes.initialize(repeating: 0, count: max(subspaces, 1))
  }

  deinit { codes.deallocate() }
}

/// What each codeword adds to the score of a query, in one byte: `score ≈ leaf + base + step · sum`.
///
/// The least entry of each subspace is taken out into the base, and one step serves all (as FAISS' fast scan).
struct LookUpTable {
  let base: Float
  let step: Float

  /// - Parameters:
  ///   - query: `quantizer.dimension` finite floats in the space of the index.
  ///   - scratch: 16 floats a subspace.
  ///   - entries: 16 bytes a subspace.
  init(
    _ query: UnsafePointer<Float>, _ quantizer: ProductQuantizer, scratch: UnsafeMutablePointer<Float>,
    entries: UnsafeMutablePointer<UInt8>
  ) {
    (base, step) = fillLookUpTable(
      query, codebooks: quantizer.codebooks.pointer, starts: quantizer.starts, greatest: quantizer.greatestEntry,
      room: scratch, entries: entries)
  }
}
