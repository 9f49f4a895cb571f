import Kernels

/// Product quantisation with 4 bits per subspace (Jégou, Douze & Schmid, 2011): each part of a residual, of a few
/// dimensions, is replaced by one of 16 codewords.
struct ProductQuantizer: Sendable {
  static let codewords = 16

  let dimension: Int
  /// The first dimension of each subspace, then the number of dimensions.
  let starts: [UInt32]
  /// Element i of codeword c at `16 i + c`.
  let codebooks: AlignedFloats
  /// The weight of an error parallel to the vector, relative to an orthogonal one (η of Guo et al., ICML 2020): the
  /// parallel error is the one that moves the scores of queries near the vector.
  let anisotropy: Float

  /// The number of subspaces, which is even; the last may be empty.
  var subspaces: Int { starts.count - 1 }

  init(starts: [UInt32], codebooks: AlignedFloats, anisotropy: Float) {
    self.starts = starts
    self.codebooks = codebooks
    self.anisotropy = anisotropy
    dimension = Int(starts.last ?? 0)
    precondition(starts.count % 2 == 1, "\(starts.count - 1) subspaces, an odd number")
    precondition(codebooks.count == dimension * Self.codewords, "\(codebooks.count) floats of codebooks")
  }

  /// The greatest table entry for which 16-bit sums over all subspaces do not overflow.
  var greatestEntry: Int { min(255, 65_535 / max(subspaces, 1)) }

  /// Chooses codewords that minimise the weighted error.
  ///
  /// - Parameters:
  ///   - residual: `dimension` floats.
  ///   - direction: the vector itself, scaled to length 1.
  ///   - codes: one byte per subspace.
  func encode(
    _ residual: UnsafePointer<Float>, direction: UnsafePointer<Float>, scratch: CodeScratch,
    into codes: UnsafeMutablePointer<UInt8>
  ) {
    unsafe Kernels.encode(
      residual, direction: direction, weight: anisotropy - 1, codebooks: codebooks.pointer, starts: starts,
      room: scratch.floats.pointer, codes: codes)
  }
}

/// Scratch buffers for encoding one vector.
final class CodeScratch {
  let floats: AlignedFloats
  let codes: SharedBuffer<UInt8>

  init(subspaces: Int) {
    floats = AlignedFloats(uninitialised: 32 * subspaces)
    codes = SharedBuffer(repeating: 0, count: subspaces)
  }
}

/// A query's score contribution of each codeword, as one byte: `score ≈ leaf + base + step · sum`.
///
/// The least entry of each subspace moves into the base, and all subspaces share one step (as in FAISS' fast scan).
struct LookUpTable {
  let base: Float
  let step: Float

  /// - Parameters:
  ///   - query: `quantizer.dimension` finite floats in the space of the index.
  ///   - scratch: 16 floats per subspace.
  ///   - entries: 16 bytes per subspace.
  init(
    _ query: UnsafePointer<Float>, _ quantizer: ProductQuantizer, scratch: UnsafeMutablePointer<Float>,
    entries: UnsafeMutablePointer<UInt8>
  ) {
    (base, step) = unsafe fillLookUpTable(
      query, codebooks: quantizer.codebooks.pointer, starts: quantizer.starts, greatest: quantizer.greatestEntry,
      room: scratch, entries: entries)
  }
}
